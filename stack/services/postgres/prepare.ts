/** Roles and databases of a new cluster, and those granted to other services. */
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import { z } from "zod";
import { PlumblineError, messageOf } from "../../core/errors.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Target } from "../../core/service/service.ts";
import type { Granted } from "../../core/service/want.ts";
import { accountsOf } from "../kit/grants.ts";
import { ask, rows, withClient } from "../kit/postgresql/client.ts";
import { BENCH_DATABASE } from "../kit/postgresql/names.ts";
import type { Step } from "../kit/steps.ts";
import { DATABASE, MONITOR } from "./grants.ts";
import { ADMIN_DATABASE } from "./names.ts";

/** CREATE DATABASE copies a template and waits for a checkpoint, perhaps on a busy disk. */
export const STEP_DEADLINE_MS = 60_000;

/**
 * Resolves the missing or different roles and databases of the application, of the benchmarks and of the grants.
 * Rejects with the connection's error if no server answers yet.
 */
export async function missingSteps(
  target: Target,
  database: string,
  grants: readonly Granted[],
): Promise<readonly Step[]> {
  const login = { target, database: ADMIN_DATABASE, credential: ["postgres", "admin"] } as const;
  const app = target.credentials("postgres", "app");
  const bench = target.credentials("postgres", "bench");
  const owners = accountsOf(grants, DATABASE);
  const monitors = accountsOf(grants, MONITOR);
  const roles = new Map(
    [app, bench, ...[...owners, ...monitors].map(({ credential }) => credential)].map((role) => [role.user, role]),
  );
  const databases = [
    [database, app.user],
    [BENCH_DATABASE, bench.user],
    ...owners.map(({ credential, parameters }) => [parameters.database, credential.user] as const),
  ] as const;
  const found = await ask(login, async (client) => {
    const missing: Statement[] = [];
    for (const role of roles.values()) missing.push(...(await roleOf(client, role)));
    missing.push(...(await durableBench(client, bench.user)));
    for (const [name, owner] of databases) missing.push(...(await databaseOf(client, name, owner)));
    missing.push(...(await statistics(client)));
    for (const { credential } of monitors) missing.push(...(await monitor(client, credential.user)));
    return missing;
  });
  return found.map(({ lacks, done, sql }) => ({
    lacks,
    done,
    take: () =>
      withClient({ ...login, queryDeadlineMs: STEP_DEADLINE_MS }, async (client) => void (await client.query(sql))),
  }));
}

interface Statement {
  readonly lacks: string;
  readonly done: string;
  readonly sql: string;
}

/**
 * Sends the verifier that the server would store, so that the password never appears in SQL, which a log could keep.
 */
async function roleOf(client: Client, { user, scramSha256 }: Credential): Promise<readonly Statement[]> {
  const Role = z.object({ rolcanlogin: z.boolean(), rolpassword: z.string().nullable() });
  const [role] = await rows(client, Role, "select rolcanlogin, rolpassword from pg_authid where rolname = $1", [user]);
  if (role?.rolcanlogin && role.rolpassword === scramSha256) return [];
  const rest = `role ${escapeIdentifier(user)} login password ${escapeLiteral(scramSha256)}`;
  if (!role) return [{ lacks: `create role ${user}`, done: `created role ${user}`, sql: `create ${rest}` }];
  const what = `set login and password of role ${user}`;
  return [{ lacks: what, done: what, sql: `alter ${rest}` }];
}

/** The benchmarks' writes are durable even if the application's are not, so that baselines are comparable. */
async function durableBench(client: Client, user: string): Promise<readonly Statement[]> {
  const Config = z.object({ rolconfig: z.array(z.string()).nullable() });
  const [role] = await rows(client, Config, "select rolconfig from pg_roles where rolname = $1", [user]);
  if (role?.rolconfig?.includes("synchronous_commit=on")) return [];
  const what = `the writes of role ${user} durable`;
  const sql = `alter role ${escapeIdentifier(user)} set synchronous_commit = on`;
  return [{ lacks: `make ${what}`, done: `made ${what}`, sql }];
}

async function databaseOf(client: Client, name: string, owner: string): Promise<readonly Statement[]> {
  const Database = z.object({ owner: z.string() });
  const query = "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1";
  const [database] = await rows(client, Database, query, [name]);
  if (database?.owner === owner) return [];
  const [quotedName, quotedOwner] = [escapeIdentifier(name), escapeIdentifier(owner)];
  if (database) {
    const sql = `alter database ${quotedName} owner to ${quotedOwner}`;
    return [{ lacks: `give database ${name} to ${owner}`, done: `gave database ${name} to ${owner}`, sql }];
  }
  const sql = `create database ${quotedName} owner ${quotedOwner}`;
  return [{ lacks: `create database ${name}`, done: `created database ${name}`, sql }];
}

/** In the administration's database, whose view shows all databases: in the application's, tools would find a foreign view. */
async function statistics(client: Client): Promise<readonly Statement[]> {
  const query = "select extname from pg_extension where extname = 'pg_stat_statements'";
  if ((await rows(client, z.object({ extname: z.string() }), query)).length > 0) return [];
  const sql = "create extension if not exists pg_stat_statements";
  return [{ lacks: "create extension pg_stat_statements", done: "created extension pg_stat_statements", sql }];
}

/**
 * pg_monitor reads all statistics views and all settings
 * (https://www.postgresql.org/docs/current/predefined-roles.html).
 */
async function monitor(client: Client, user: string): Promise<readonly Statement[]> {
  const Member = z.object({ member: z.string() });
  const query = `select r.rolname as member from pg_auth_members m
    join pg_roles r on r.oid = m.member where m.roleid = 'pg_monitor'::regrole and r.rolname = $1`;
  if ((await rows(client, Member, query, [user])).length > 0) return [];
  const sql = `grant pg_monitor to ${escapeIdentifier(user)}`;
  return [{ lacks: `let role ${user} read statistics`, done: `let role ${user} read statistics`, sql }];
}

/** Returns PREPARE_FAILED; the completed steps stay done. */
export function failed(cause: unknown, done: readonly string[]): PlumblineError {
  return new PlumblineError("PREPARE_FAILED", {
    what: "PostgreSQL's roles and databases could not be made",
    why: messageOf(cause),
    fix: "Run the command again: it continues where it stopped",
    details: { done },
    cause,
  });
}
