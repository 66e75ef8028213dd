/** Roles and databases of a new cluster. */
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import { z } from "zod";
import { PlumblineError, messageOf } from "../../core/errors.ts";
import type { Credential, Target } from "../../core/service/service.ts";
import { rows, withClient } from "./client.ts";
import { ADMIN_DATABASE, BENCH_DATABASE } from "./names.ts";

/** CREATE DATABASE copies a template and waits for a checkpoint of a busy disk. */
const STEP_DEADLINE_MS = 60_000;

/**
 * Makes the roles of the application and of the benchmarks, and a database for each; corrects what differs. Looks
 * first; answers what it did. Rejects with PREPARE_FAILED, or with the connection's error while no server answers.
 */
export async function prepare(target: Target, database: string): Promise<readonly string[]> {
  const login = {
    target,
    database: ADMIN_DATABASE,
    credential: ["postgres", "admin"],
    queryDeadlineMs: STEP_DEADLINE_MS,
  } as const;
  return await withClient(login, async (client) => {
    const app = target.credentials("postgres", "app");
    const bench = target.credentials("postgres", "bench");
    const done: string[] = [];
    try {
      done.push(...(await ensureRole(client, app)));
      done.push(...(await ensureRole(client, bench)));
      done.push(...(await ensureDurableBench(client, bench.user)));
      done.push(...(await ensureDatabase(client, database, app.user)));
      done.push(...(await ensureDatabase(client, BENCH_DATABASE, bench.user)));
    } catch (error) {
      throw failed(error, done);
    }
    return done;
  });
}

/** The password never appears in SQL, where a log could keep it: the server is given the verifier that it would store. */
async function ensureRole(client: Client, { user, scramSha256 }: Credential): Promise<readonly string[]> {
  const Role = z.object({ rolcanlogin: z.boolean(), rolpassword: z.string().nullable() });
  const [role] = await rows(client, Role, "select rolcanlogin, rolpassword from pg_authid where rolname = $1", [user]);
  if (role?.rolcanlogin && role.rolpassword === scramSha256) return [];
  const verb = role ? "alter" : "create";
  await client.query(`${verb} role ${escapeIdentifier(user)} login password ${escapeLiteral(scramSha256)}`);
  return [role ? `set login and password of role ${user}` : `created role ${user}`];
}

/** The benchmark's writes are durable whatever the profile says of the application's, so that baselines compare. */
async function ensureDurableBench(client: Client, user: string): Promise<readonly string[]> {
  const Config = z.object({ rolconfig: z.array(z.string()).nullable() });
  const [role] = await rows(client, Config, "select rolconfig from pg_roles where rolname = $1", [user]);
  if (role?.rolconfig?.includes("synchronous_commit=on")) return [];
  await client.query(`alter role ${escapeIdentifier(user)} set synchronous_commit = on`);
  return [`made the writes of role ${user} durable`];
}

async function ensureDatabase(client: Client, name: string, owner: string): Promise<readonly string[]> {
  const Database = z.object({ owner: z.string() });
  const [database] = await rows(
    client,
    Database,
    "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1",
    [name],
  );
  if (database?.owner === owner) return [];
  const [quotedName, quotedOwner] = [escapeIdentifier(name), escapeIdentifier(owner)];
  if (database) {
    await client.query(`alter database ${quotedName} owner to ${quotedOwner}`);
    return [`gave database ${name} to ${owner}`];
  }
  await client.query(`create database ${quotedName} owner ${quotedOwner}`);
  return [`created database ${name}`];
}

function failed(cause: unknown, done: readonly string[]): PlumblineError {
  return new PlumblineError("PREPARE_FAILED", {
    what: "PostgreSQL's roles and databases could not be made",
    why: messageOf(cause),
    fix: "Run the command again: it continues where it stopped",
    details: { done },
    cause,
  });
}
