/** One-time steps of MySQL: databases, users and their rights. */
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { Target } from "../../core/service/service.ts";
import { mysqlCode, withClient, type Client } from "./client.ts";

/** The benchmarks' own database, marked by its name. */
export const BENCH_DATABASE = "plumbline_bench";

type Role = "app" | "bench";

/** Looks at what is there and makes what is missing; answers what it did. */
export async function prepareMysql(target: Target, database: string): Promise<readonly string[]> {
  return withClient(target, "admin", undefined, async (admin) => {
    const done: string[] = [];
    for (const [role, owned] of [
      ["app", database],
      ["bench", BENCH_DATABASE],
    ] as const) {
      done.push(...(await makeDatabase(admin, owned)));
      done.push(...(await makeUser(target, admin, role)));
      done.push(...(await grant(admin, target.credentials("mysql", role).user, owned)));
    }
    return done;
  });
}

const NAME = z.object({ name: z.string() });

async function makeDatabase(admin: Client, database: string): Promise<readonly string[]> {
  const found = await admin.rows(
    NAME,
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = ?",
    [database],
  );
  if (found.length > 0) return [];
  await admin.run(`CREATE DATABASE IF NOT EXISTS \`${database}\` CHARACTER SET utf8mb4`);
  return [`created database ${database}`];
}

async function makeUser(target: Target, admin: Client, role: Role): Promise<readonly string[]> {
  const { user } = target.credentials("mysql", role);
  const found = await admin.rows(NAME, "SELECT user AS name FROM mysql.user WHERE user = ? AND host = '%'", [user]);
  if (found.length === 0) {
    await setPassword(target, admin, role, "CREATE USER ?@'%'");
    return [`created user ${user}`];
  }
  if (await canLogIn(target, role)) return [];
  await setPassword(target, admin, role, "ALTER USER ?@'%'");
  return [`set the password of user ${user}`];
}

async function canLogIn(target: Target, role: Role): Promise<boolean> {
  try {
    await withClient(target, role, undefined, (client) => client.run("SELECT 1"));
    return true;
  } catch (error) {
    if (mysqlCode(error) === "ER_ACCESS_DENIED_ERROR") return false;
    throw error;
  }
}

/** The client's errors carry the statement, and this statement carries a password: only the error's name is kept. */
async function setPassword(target: Target, admin: Client, role: Role, statement: string): Promise<void> {
  const { user, password } = target.credentials("mysql", role);
  try {
    await admin.run(`${statement} IDENTIFIED WITH caching_sha2_password BY ?`, [user, password]);
  } catch (error) {
    throw new PlumblineError("PREPARE_FAILED", {
      what: `MySQL did not take the password of user ${user}`,
      why: mysqlCode(error) ?? "the connection failed",
      fix: "Run the command again; if it fails again, look at the service's log",
    });
  }
}

async function grant(admin: Client, user: string, database: string): Promise<readonly string[]> {
  // In a grant an underscore stands for any character, so it is escaped, and stored that way.
  const pattern = database.replaceAll("_", String.raw`\_`);
  const found = await admin.rows(
    NAME,
    "SELECT db AS name FROM mysql.db WHERE user = ? AND host = '%' AND db = ? AND drop_priv = 'Y'",
    [user, pattern],
  );
  if (found.length > 0) return [];
  await admin.run(`GRANT ALL PRIVILEGES ON \`${pattern}\`.* TO ?@'%'`, [user]);
  return [`granted user ${user} all rights on database ${database}`];
}
