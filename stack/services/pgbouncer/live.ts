/** PgBouncer's running part: everything goes through its admin console, which accepts simple queries only. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { z } from "zod";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import type { Connection, Target } from "../../core/service/service.ts";
import { ask, borrow, connect, rows } from "../kit/postgresql/client.ts";
import { sqlBench } from "../kit/postgresql/scenarios.ts";
import type { LiveParts } from "../kit/define.ts";
import type { Lent } from "../kit/lending.ts";
import { byLooking, type Step } from "../kit/steps.ts";
import { PORT } from "./conf.ts";
import { follow, movedUpstream } from "./follow.ts";
import { drainPool, isPaused, resume, type OpenConsole } from "./drain.ts";
import { settingRules } from "./settings.ts";
import { SERVER, upstreamOf } from "./upstream.ts";

/** RELOAD takes one turn of the event loop; a shared folder of a virtual machine may show the new file late. */
const APPLY_DEADLINE_MS = 10_000;
const POLL_MS = 20;

const CONSOLE = "pgbouncer";

export const live: LiveParts = {
  connect: async (target) => connection(await borrow(asAdmin(target))),
  ...byLooking((targets) => missingSteps(single(targets))),
  ready: async (targets) => {
    const target = single(targets);
    await throughPool(target);
    await ask(asAdmin(target), showConfig);
  },
  bench: (targets) => {
    const target = single(targets);
    const bench = sqlBench({ service: "pgbouncer", target, port: PORT, credential: [SERVER, "bench"] });
    return { ...bench, fingerprint: async () => ({ ...(await bench.fingerprint()), ...(await poolOf(target)) }) };
  },
  drain: (targets, deadlineMs) => drainPool(consoleOf(single(targets)), deadlineMs),
};

/** Resolves repairs after a killed run, or after the database got another address; a working pool needs none. */
async function missingSteps(target: Target): Promise<readonly Step[]> {
  const open = consoleOf(target);
  if (await ask(asAdmin(target), isPaused)) {
    const done = "resumed the pool, which an interrupted run had paused";
    return [{ lacks: "resume the pool, which an interrupted run paused", done, take: () => resume(open) }];
  }
  try {
    await throughPool(target);
    return [];
  } catch {
    const { host } = upstreamOf(target.neighbours);
    const address = await ask(asAdmin(target), (console) => movedUpstream(target, console, host));
    if (address === undefined) return [];
    const done = `found ${host} at its new address ${address}`;
    return [{ lacks: `find ${host} at its new address ${address}`, done, take: () => follow(target, host, address) }];
  }
}

async function throughPool(target: Target): Promise<void> {
  const { database } = upstreamOf(target.neighbours);
  await ask({ target, database, credential: [SERVER, "app"] }, (client) => rows(client, z.object({}), "select 1"));
}

function connection({ client, giveBack }: Lent<Client>): Connection {
  return {
    version: () => versionOf(client),
    read: async (names) => {
      const config = await showConfig(client);
      const wanted = config.filter(({ key }) => names.includes(key));
      return new Map(wanted.map(({ key, value }): [string, EffectiveValue] => [key, { value: valueOf(value) }]));
    },
    apply: async (settings) => {
      refuseInvalid(settings);
      const deadline = performance.now() + APPLY_DEADLINE_MS;
      for (;;) {
        await reload(client);
        const waiting = await notYetEffective(client, settings);
        if (waiting.length === 0) return;
        if (performance.now() > deadline) throw notTaken(`after ${APPLY_DEADLINE_MS} ms: ${waiting.join("; ")}`);
        await sleep(POLL_MS);
      }
    },
    close: giveBack,
  };
}

const Config = z.object({ key: z.string(), value: z.string().nullable(), changeable: z.string() });

function showConfig(client: Client): Promise<readonly z.output<typeof Config>[]> {
  return rows(client, Config, "show config");
}

/** Returns the number in "PgBouncer 1.24.1" or "PgBouncer version 1.24.1". */
async function versionOf(client: Client): Promise<string> {
  const [row] = await rows(client, z.object({ version: z.string() }), "show version");
  return /\d[\w.]*/.exec(row?.version ?? "")?.[0] ?? "";
}

/** SHOW CONFIG prints numbers as decimal text; durations are in seconds, as in pgbouncer.ini. */
function valueOf(text: string | null): SettingValue {
  return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : (text ?? "");
}

type Wanted = Parameters<Connection["apply"]>[0];

/**
 * RELOAD of a file with one invalid value reports OK and resets *all* settings to their defaults (1.24), so values are
 * checked first.
 */
function refuseInvalid(settings: Wanted): void {
  const invalid = settings.filter(({ name, value }) => !isValid(name, value));
  if (invalid.length === 0) return;
  throw notTaken(`${invalid.map(({ name, value }) => `${name} = ${value}`).join(", ")}: no such value`);
}

function isValid(name: string, value: SettingValue): boolean {
  const spec = settingRules.specOf(name);
  if (spec?.kind === "choice") return spec.choices?.includes(String(value)) ?? false;
  if (spec && spec.kind !== "number") return true;
  return typeof value === "number" && value >= 0;
}

async function reload(client: Client): Promise<void> {
  try {
    await client.query("reload");
  } catch (error) {
    throw notTaken(messageOf(error), error);
  }
}

async function notYetEffective(client: Client, settings: Wanted): Promise<readonly string[]> {
  const config = new Map((await showConfig(client)).map(({ key, value }) => [key, valueOf(value)]));
  return settings.flatMap(({ name, value }) => {
    const now = config.get(name);
    const wanted = typeof value === "boolean" ? Number(value) : value;
    return String(now) === String(wanted) ? [] : [`${name} is ${now}, wanted ${value}`];
  });
}

/** Resolves what a baseline through the pool depends on, in addition to PostgreSQL. */
async function poolOf(target: Target): Promise<Readonly<Record<string, string>>> {
  return await ask(asAdmin(target), async (client) => {
    const config = new Map((await showConfig(client)).map(({ key, value }) => [key, value ?? ""]));
    const keys = ["pool_mode", "default_pool_size", "max_prepared_statements"];
    const pool = Object.fromEntries(keys.map((key) => [key, config.get(key) ?? ""]));
    return { pgbouncer_version: await versionOf(client), ...pool };
  });
}

function notTaken(why: string, cause?: unknown): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: "PgBouncer did not take the new values",
    why,
    fix: "Correct the values that the profile gives under services.pgbouncer.settings, then run the command again",
    cause,
  });
}

function consoleOf(target: Target): OpenConsole {
  const login = asAdmin(target);
  return (queryDeadlineMs) => connect({ ...login, ...(queryDeadlineMs === undefined ? {} : { queryDeadlineMs }) });
}

function asAdmin(target: Target) {
  return { target, database: CONSOLE, credential: ["pgbouncer", "admin"] } as const;
}

function single(targets: readonly Target[]): Target {
  const [target] = targets;
  if (!target) throw new Error("pgbouncer has one instance, and no target was given");
  return target;
}
