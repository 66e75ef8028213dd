/** A running MySQL: reads its settings back, and changes them without a restart. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import { refusing } from "../../core/service/login-refused.ts";
import type { Connection, Target } from "../../core/service/service.ts";
import type { LiveParts } from "../kit/define.ts";
import { withLent, type Lent } from "../kit/lending.ts";
import { byLooking } from "../kit/steps.ts";
import { borrow, borrowAdmin, type Client } from "./client.ts";
import { missingSteps } from "./prepare.ts";
import { mysqlBench, type CommitOptions } from "./scenarios.ts";
import { settingRules } from "./settings.ts";

/** Before the pool shrinks, its pages are written out and evicted. */
const RESIZE_DEADLINE_MS = 60_000;
const RESIZE_POLL_MS = 50;

/** Tuned system variables that `SET GLOBAL` may change. */
const LIVE = new Set([
  "binlog_expire_logs_seconds",
  "innodb_buffer_pool_size",
  "innodb_redo_log_capacity",
  "innodb_log_buffer_size",
  "innodb_flush_log_at_trx_commit",
  "join_buffer_size",
  "long_query_time",
  "max_allowed_packet",
  "max_binlog_size",
  "max_connections",
  "slow_query_log",
  "sort_buffer_size",
  "sync_binlog",
  "temptable_max_ram",
  "tmp_table_size",
]);

/** Origins that are not reported: the conf file itself, and changes that Plumbline makes together with it. */
const EXPECTED_SOURCES = new Set(["EXPLICIT", "DYNAMIC"]);

/**
 * Errors of a login that waiting does not change: the temporary server of a first initialisation has no network
 * (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
 */
export const REFUSALS: ReadonlySet<string> = new Set([
  "ER_ACCESS_DENIED_ERROR",
  "ER_ACCESS_DENIED_NO_PASSWORD_ERROR",
  "ER_ACCOUNT_HAS_BEEN_LOCKED",
  "ER_DBACCESS_DENIED_ERROR",
  "ER_HOST_NOT_PRIVILEGED",
  "ER_MUST_CHANGE_PASSWORD_LOGIN",
  "ER_NOT_SUPPORTED_AUTH_MODE",
]);

/** Schemas that are not the server's own. */
const SCHEMAS =
  "select count(*) from information_schema.schemata where schema_name not in ('information_schema', 'mysql', 'performance_schema', 'sys')";

export function mysqlLive({ database, ...commits }: LiveOptions): LiveParts {
  return {
    connect: async (target) => connectionOf(await refusing(borrowAdmin(target), REFUSALS)),
    isUninitialised: async (target) => {
      // The official image's entry point gives root a password once the data folder is whole: until then it has none.
      const { stdout } = await target.exec(["mysql", "-uroot", "--skip-password", "-N", "-e", SCHEMAS]);
      return stdout.trim() === "0";
    },
    ...byLooking((targets, { grants }) => missingSteps(only(targets), database, grants)),
    ready: async (targets) => {
      // Logs in as the application, to its database, over TCP: during its first initialisation the server listens only
      // on its socket.
      const target = only(targets);
      await withLent(borrow(target, target.credentials("mysql", "app"), database), (client) => client.run("SELECT 1"));
    },
    bench: (targets) => mysqlBench(only(targets), commits),
  };
}

interface LiveOptions extends CommitOptions {
  readonly database: string;
}

function only(targets: readonly Target[]): Target {
  const [target] = targets;
  if (!target) throw new Error("MySQL was given no instance");
  return target;
}

function connectionOf({ client, giveBack }: Lent<Client>): Connection {
  return {
    version: async () =>
      (await client.rows(z.object({ version: z.string() }), "SELECT VERSION() AS version"))[0]?.version ?? "",
    read: (names) => readVariables(client, names),
    apply: (settings) => applyVariables(client, settings),
    reset: async (names) => {
      for (const name of names) {
        await client.run(`RESET PERSIST IF EXISTS ${plainName(name)}`);
        // The running value stays. my.cnf gives none of those that Plumbline owns and the server can change.
        const isOwned = settingRules.ownedBecause(name) !== undefined;
        if (isOwned && settingRules.specOf(name)?.takes === "live") await client.run(`SET GLOBAL ${name} = DEFAULT`);
        if (name === "super_read_only") await client.run("SET GLOBAL read_only = DEFAULT"); // it switched this one on
      }
    },
    close: giveBack,
  };
}

/** A name goes into the statement as it is. */
function plainName(name: string): string {
  if (!/^[a-z_][\w.]*$/i.test(name)) throw new Error(`not the name of a variable: ${name}`);
  return name;
}

const VARIABLE = z.object({ name: z.string(), value: z.string(), source: z.string() });

async function readVariables(client: Client, names: readonly string[]): Promise<ReadonlyMap<string, EffectiveValue>> {
  if (names.length === 0) return new Map();
  const rows = await client.rows(
    VARIABLE,
    `SELECT v.variable_name AS name, v.variable_value AS value, i.variable_source AS source
     FROM performance_schema.global_variables v JOIN performance_schema.variables_info i USING (variable_name)
     WHERE v.variable_name IN (?)`,
    [names],
  );
  return new Map(rows.map(({ name, value, source }) => [name, effective(value, source)]));
}

function effective(text: string, source: string): EffectiveValue {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return EXPECTED_SOURCES.has(source) ? { value } : { value, origin: source.toLowerCase().replaceAll("_", " ") };
}

type Wanted = readonly { readonly name: string; readonly value: SettingValue }[];

/** A name goes into the statement, so it is one of those that are known. */
function isLive(name: string): boolean {
  return (
    LIVE.has(name) || (settingRules.ownedBecause(name) === undefined && settingRules.specOf(name)?.takes === "live")
  );
}

async function applyVariables(client: Client, settings: Wanted): Promise<void> {
  if (settings.length === 0) return;
  const foreign = settings.filter(({ name }) => !isLive(name)).map(({ name }) => name);
  if (foreign.length > 0) throw new Error(`MySQL cannot change ${foreign.join(", ")} while it runs`);
  await resized(client);
  // In one statement, because MySQL checks all assignments before it makes the first.
  const assignments = settings.map(({ name }) => `GLOBAL ${name} = ?`).join(", ");
  await client.run(
    `SET ${assignments}`,
    settings.map(({ value }) => (typeof value === "boolean" ? Number(value) : value)),
  );
  await resized(client);
}

const STATUS = z.object({ name: z.string(), value: z.string() });

/** Waits until no resize of buffer pool or redo log is running: it continues after its statement was answered. */
async function resized(client: Client): Promise<void> {
  const end = performance.now() + RESIZE_DEADLINE_MS;
  for (;;) {
    const status = await resizeStatus(client);
    if (/fail/i.test(status.pool)) throw unresized(status.pool);
    if (status.code === "0" && !/^Requested/i.test(status.pool) && status.redo === "OK") return;
    if (performance.now() > end) throw unresized(`pool: ${status.pool}; redo log: ${status.redo}`);
    await sleep(RESIZE_POLL_MS);
  }
}

async function resizeStatus(client: Client): Promise<{ pool: string; code: string; redo: string }> {
  const names = [
    "Innodb_buffer_pool_resize_status",
    "Innodb_buffer_pool_resize_status_code",
    "Innodb_redo_log_resize_status",
  ];
  const rows = await client.rows(
    STATUS,
    "SELECT variable_name AS name, variable_value AS value FROM performance_schema.global_status WHERE variable_name IN (?)",
    [names],
  );
  const [pool = "", code = "0", redo = "OK"] = names.map((name) => rows.find((row) => row.name === name)?.value);
  return { pool, code, redo };
}

function unresized(status: string): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: "MySQL did not finish resizing its buffer pool or redo log",
    why: status,
    fix: "Wait until long transactions have ended and run the command again, or restart the service",
  });
}
