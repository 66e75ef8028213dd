/** PostgreSQL's running part: read-back, live changes, roles and databases. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import { refusing } from "../../core/service/login-refused.ts";
import { CONF_MOUNT, type Connection, type Target } from "../../core/service/service.ts";
import { KIB, MIB } from "../../core/units.ts";
import { ask, borrow, rows, withClient } from "../kit/postgresql/client.ts";
import type { Lent } from "../kit/lending.ts";
import { byLooking } from "../kit/steps.ts";
import type { LiveParts } from "../kit/define.ts";
import { ADMIN_DATABASE, PORT } from "./names.ts";
import { failed, missingSteps, STEP_DEADLINE_MS } from "./prepare.ts";
import { sqlBench } from "../kit/postgresql/scenarios.ts";

/** A reload takes milliseconds; a shared folder of a virtual machine may show the new file late. */
const APPLY_DEADLINE_MS = 10_000;
const POLL_MS = 20;

/**
 * invalid_authorization_specification, invalid_password, invalid_catalog_name, insufficient_privilege: errors of a login
 * that a starting server does not give (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
export const REFUSALS: ReadonlySet<string> = new Set(["28000", "28P01", "3D000", "42501"]);

const Databases = z.object({ databases: z.number() });
const DATABASES = "select count(*)::int as databases from pg_database where not datistemplate";

/** Returns PostgreSQL's running part for one application database. */
export function live(database: string): LiveParts {
  return {
    connect: async (target) => connection(await refusing(borrow(asAdmin(target)), REFUSALS)),
    isUninitialised: async (target) => {
      // initdb makes the templates first, and the databases of people come after the one of its administrator.
      const login = { ...asAdmin(target), database: "template1" };
      const [found] = await withClient(login, (client) => rows(client, Databases, DATABASES));
      return found?.databases === 0;
    },
    longestStepMs: STEP_DEADLINE_MS,
    ...byLooking((targets, { grants }) => missingSteps(single(targets), database, grants), failed),
    ready: async (targets) => {
      // Logs in as the application: its role, its database, over TCP, with its password.
      const login = { target: single(targets), database, credential: ["postgres", "app"] } as const;
      await ask(login, (client) => rows(client, z.object({}), "select 1"));
    },
    bench: (targets) =>
      sqlBench({ service: "postgres", target: single(targets), port: PORT, credential: ["postgres", "bench"] }),
  };
}

function connection({ client, giveBack }: Lent<Client>): Connection {
  return {
    version: async () => {
      const [row] = await rows(client, z.object({ server_version: z.string() }), "show server_version");
      return row?.server_version ?? "";
    },
    read: async (names) => {
      const found = await settingsOf(client, names);
      return new Map(found.map((row) => [row.name, effectiveValue(row)]));
    },
    apply: async (settings) => {
      const names = settings.map(({ name }) => name);
      await refuseFaultyFile(client, names);
      await resetSystem(client, names);
      const deadline = performance.now() + APPLY_DEADLINE_MS;
      for (;;) {
        await client.query("select pg_reload_conf()");
        await sleep(POLL_MS); // After the signal has arrived, this session rereads the file at its next command.
        const waiting = await notYetEffective(client, settings);
        if (waiting.length === 0) return;
        if (performance.now() > deadline) throw notTaken(waiting);
      }
    },
    reset: async (names) => {
      for (const name of names) await client.query(`alter system reset ${client.escapeIdentifier(name)}`);
      await client.query("select pg_reload_conf()");
      await sleep(POLL_MS);
    },
    close: giveBack,
  };
}

const PgSetting = z.object({
  name: z.string(),
  setting: z.string(),
  unit: z.string().nullable(),
  vartype: z.enum(["bool", "enum", "integer", "real", "string"]),
  source: z.string(),
  sourcefile: z.string().nullable(),
  pending_restart: z.boolean(),
});

function settingsOf(client: Client, names: readonly string[]): Promise<readonly z.output<typeof PgSetting>[]> {
  const columns = "name, setting, unit, vartype, source, sourcefile, pending_restart";
  return rows(client, PgSetting, `select ${columns} from pg_settings where name = any($1)`, [names]);
}

function effectiveValue(row: z.output<typeof PgSetting>): EffectiveValue {
  const origin = originOf(row);
  return {
    value: valueOf(row),
    ...(row.pending_restart ? { pendingRestart: true } : {}),
    ...(origin === undefined ? {} : { origin }),
  };
}

function valueOf({ setting, unit, vartype }: z.output<typeof PgSetting>): SettingValue {
  switch (vartype) {
    case "integer":
    case "real":
      // A number below 0 has a meaning of its own, such as "off".
      return Number(setting) * (unit === null || Number(setting) < 0 ? 1 : (UNITS[unit] ?? 1));
    case "bool":
    case "enum":
    case "string":
      return setting;
  }
}

/** Units of pg_settings.unit in bytes. Times stay in the unit of their setting, and minutes become seconds. */
const UNITS: Readonly<Record<string, number>> = { B: 1, kB: KIB, "8kB": 8 * KIB, MB: MIB, min: 60 };

/** Returns undefined if the value comes from the mounted conf file, as it should. */
function originOf({ source, sourcefile }: z.output<typeof PgSetting>): string | undefined {
  if (source !== "configuration file") return source;
  if (sourcefile === null || sourcefile.startsWith(`${CONF_MOUNT}/`)) return undefined;
  return sourcefile.split("/").at(-1);
}

/** pg_file_settings parses the file without applying it; a value that waits for a restart is not a fault. */
async function refuseFaultyFile(client: Client, names: readonly string[]): Promise<void> {
  const Fault = z.object({ name: z.string().nullable(), error: z.string() });
  const faults = await rows(
    client,
    Fault,
    `select name, error from pg_file_settings
     where error is not null and (name is null or name = any($1) or error <> 'setting could not be applied')`,
    [names],
  );
  if (faults.length === 0) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: "PostgreSQL would not take the new conf file; nothing was changed",
    why: faults.map(({ name, error }) => (name === null ? error : `${name}: ${error}`)).join("; "),
    fix: "Correct the values that the profile gives under services.postgres.settings",
    details: { settings: names },
  });
}

/**
 * Resets values that somebody set with ALTER SYSTEM: postgresql.auto.conf is read last and would shadow the conf file.
 */
async function resetSystem(client: Client, names: readonly string[]): Promise<void> {
  for (const row of await settingsOf(client, names)) {
    if (!row.sourcefile?.endsWith("/postgresql.auto.conf")) continue;
    await client.query(`alter system reset ${client.escapeIdentifier(row.name)}`);
  }
}

type Wanted = Parameters<Connection["apply"]>[0][number];

async function notYetEffective(client: Client, settings: readonly Wanted[]): Promise<readonly string[]> {
  const names = settings.map(({ name }) => name);
  const found = new Map((await settingsOf(client, names)).map((row) => [row.name, row]));
  return settings.flatMap(({ name, value }) => {
    const row = found.get(name);
    if (!row) return [`${name} (unknown to this server)`];
    const now = valueOf(row);
    if (isSame(now, value, row.unit)) return [];
    return [`${name} is ${now} from ${row.sourcefile ?? row.source}, wanted ${value}`];
  });
}

function isSame(now: SettingValue, wanted: SettingValue, unit: string | null): boolean {
  if (typeof now === "number" && typeof wanted === "number") {
    const step = unit === null ? 0 : (UNITS[unit] ?? 0);
    return now === wanted || Math.abs(now - wanted) < step;
  }
  if (typeof wanted === "boolean") return now === (wanted ? "on" : "off");
  return String(now) === String(wanted);
}

function notTaken(waiting: readonly string[]): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: "PostgreSQL did not take the new values",
    why: `${APPLY_DEADLINE_MS} ms after the reload: ${waiting.join("; ")}`,
    fix: "Remove what shadows the conf file (ALTER SYSTEM RESET, ALTER ROLE … RESET), then run the command again",
    details: { waiting },
  });
}

function asAdmin(target: Target) {
  return { target, database: ADMIN_DATABASE, credential: ["postgres", "admin"] } as const;
}

function single(targets: readonly Target[]): Target {
  const [target] = targets;
  if (!target) throw new Error("postgres has one instance, and no target was given");
  return target;
}
