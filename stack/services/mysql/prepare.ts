/** One-time steps of MySQL: databases, users and their rights, and the accounts granted to other services. */
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Target } from "../../core/service/service.ts";
import type { Granted } from "../../core/service/want.ts";
import { accountsOf } from "../kit/grants.ts";
import { withLent } from "../kit/lending.ts";
import type { Step } from "../kit/steps.ts";
import { borrow, borrowAdmin, mysqlCode, withAdmin, type Client } from "./client.ts";
import { MONITOR } from "./grants.ts";

/** The benchmarks' own database, marked by its name. */
export const BENCH_DATABASE = "plumbline_bench";

/**
 * Limits a hanging exporter, so that it does not use up the application's connections: the 3 that an exporter may have
 * (mysqld_exporter, "Required Grants"), and as many for the proof that the account works, whose last ones may still be
 * closing.
 */
const MONITOR_CONNECTIONS = 6;

/** Resolves the missing databases, users and rights of the application, of the benchmarks and of the grants. */
export async function missingSteps(
  target: Target,
  database: string,
  grants: readonly Granted[],
): Promise<readonly Step[]> {
  const owners = [
    [target.credentials("mysql", "app"), database],
    [target.credentials("mysql", "bench"), BENCH_DATABASE],
  ] as const;
  return withLent(borrowAdmin(target), async (admin) => {
    const steps: Step[] = [];
    for (const [credential, owned] of owners) {
      steps.push(...(await databaseStep(target, admin, owned)));
      steps.push(...(await userStep(target, admin, credential, owned)));
      steps.push(...(await rightsStep(target, admin, credential.user, owned)));
    }
    for (const { credential } of accountsOf(grants, MONITOR)) {
      steps.push(...(await userStep(target, admin, credential)));
      steps.push(...(await monitorStep(target, admin, credential.user)));
    }
    return steps;
  });
}

const NAME = z.object({ name: z.string() });

async function databaseStep(target: Target, admin: Client, database: string): Promise<readonly Step[]> {
  const found = await admin.rows(
    NAME,
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = ?",
    [database],
  );
  if (found.length > 0) return [];
  const sql = `CREATE DATABASE IF NOT EXISTS ${identifier(database)} CHARACTER SET utf8mb4`;
  return [step(target, [`create database ${database}`, `created database ${database}`], (client) => client.run(sql))];
}

/** `database`: the user's own database, if it has one. */
async function userStep(
  target: Target,
  admin: Client,
  credential: Credential,
  database?: string,
): Promise<readonly Step[]> {
  const { user } = credential;
  const found = await admin.rows(NAME, "SELECT user AS name FROM mysql.user WHERE user = ? AND host = '%'", [user]);
  if (found.length === 0) {
    const words = [`create user ${user}`, `created user ${user}`] as const;
    return [step(target, words, (client) => setPassword(client, credential, "CREATE USER ?@'%'"))];
  }
  if (await canLogIn(target, credential, database)) return [];
  const words = `set the password of user ${user}`;
  return [step(target, [words, words], (client) => setPassword(client, credential, "ALTER USER ?@'%'"))];
}

/** Errors that prove a correct password, because it is checked before the database is looked up. */
const LOGGED_IN = new Set(["ER_BAD_DB_ERROR", "ER_DBACCESS_DENIED_ERROR"]);

async function canLogIn(target: Target, credential: Credential, database?: string): Promise<boolean> {
  try {
    return await withLent(borrow(target, credential, database), async () => true);
  } catch (error) {
    const code = mysqlCode(error) ?? "";
    if (code === "ER_ACCESS_DENIED_ERROR") return false;
    if (LOGGED_IN.has(code)) return true;
    throw error;
  }
}

/** Keeps only the error's name: the client's errors contain the statement, and this statement contains a password. */
async function setPassword(admin: Client, { user, password }: Credential, statement: string): Promise<void> {
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

async function rightsStep(target: Target, admin: Client, user: string, database: string): Promise<readonly Step[]> {
  // In a grant "_" and "%" match any characters, so they are escaped, and stored that way.
  const pattern = database.replaceAll(/[\\_%]/g, String.raw`\$&`);
  const found = await admin.rows(
    NAME,
    "SELECT db AS name FROM mysql.db WHERE user = ? AND host = '%' AND db = ? AND drop_priv = 'Y'",
    [user, pattern],
  );
  if (found.length > 0) return [];
  const what = `user ${user} all rights on database ${database}`;
  return [
    step(target, [`grant ${what}`, `granted ${what}`], (client) =>
      client.run(`GRANT ALL PRIVILEGES ON ${identifier(pattern)}.* TO ?@'%'`, [user]),
    ),
  ];
}

/**
 * mysqld_exporter's documented grants, but with SELECT on performance_schema only, so that it can read no rows of an
 * application.
 */
async function monitorStep(target: Target, admin: Client, user: string): Promise<readonly Step[]> {
  const found = await admin.rows(
    NAME,
    `SELECT u.user AS name FROM mysql.user u JOIN mysql.db d ON d.user = u.user AND d.host = u.host
     WHERE u.user = ? AND u.host = '%' AND u.process_priv = 'Y' AND u.repl_client_priv = 'Y' AND u.max_user_connections = ?
     AND d.db = 'performance_schema' AND d.select_priv = 'Y'`,
    [user, MONITOR_CONNECTIONS],
  );
  if (found.length > 0) return [];
  return [
    step(target, [`let user ${user} read statistics`, `let user ${user} read statistics`], async (client) => {
      await client.run(`ALTER USER ?@'%' WITH MAX_USER_CONNECTIONS ${MONITOR_CONNECTIONS}`, [user]);
      await client.run("GRANT PROCESS, REPLICATION CLIENT ON *.* TO ?@'%'", [user]);
      await client.run("GRANT SELECT ON performance_schema.* TO ?@'%'", [user]);
    }),
  ];
}

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function step(
  target: Target,
  [lacks, done]: readonly [lacks: string, done: string],
  work: (admin: Client) => Promise<void>,
): Step {
  return { lacks, done, take: () => withAdmin(target, work) };
}
