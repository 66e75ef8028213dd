/** The part of Redis that talks to running servers. */
import type { Redis } from "ioredis";
import { z } from "zod";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import { refusing } from "../../core/service/login-refused.ts";
import type { Connection, Target } from "../../core/service/service.ts";
import { bytes, type Bytes } from "../../core/units.ts";
import type { LiveParts } from "../kit/define.ts";
import { takeSteps } from "../kit/steps.ts";
import { benchRedis } from "./bench.ts";
import { borrowNode, openNode } from "./client.ts";
import { formCluster, formingMs, missingOfCluster, probe, readyCluster } from "./cluster/cluster.ts";
import { missingAccounts } from "./grants.ts";
import { parseInfo } from "./cluster/nodes.ts";
import type { RedisOptions } from "./options.ts";
import { misfit } from "./persistence/fit.ts";
import { unsettledSteps } from "./persistence/steps.ts";
import { CHANGE_DEADLINE_MS, closeLog, openLog, storeOf } from "./persistence/switch.ts";
import { saveForEnd, unsavedIn } from "./persistence/unsaved.ts";

/** Errors of a login that waiting does not change: a node has read its accounts before it listens. */
export const REFUSALS: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH"]);

export function liveRedis(options: RedisOptions): LiveParts {
  const isCluster = options.nodes > 1;
  return {
    connect,
    longestStepMs: Math.max(CHANGE_DEADLINE_MS, isCluster ? formingMs(options.nodes) : 0),
    prepare: async (targets, input) => {
      const formed = isCluster ? await formCluster(targets, input.signal) : [];
      const accounts = await takeSteps(await missingAccounts(targets, input.grants), input);
      return [...formed, ...accounts, ...(await takeSteps(await unsettledSteps(targets, input.signal), input))];
    },
    lacks: async (targets, { grants }) => {
      const unformed = isCluster ? await missingOfCluster(targets) : [];
      const steps = await Promise.all([missingAccounts(targets, grants), unsettledSteps(targets)]);
      return [...unformed, ...steps.flat().map(({ lacks }) => lacks)];
    },
    ready: async (targets) => (isCluster ? readyCluster(targets) : readyAlone(targets)),
    bench: (targets) => benchRedis(targets, options),
  };
}

async function connect(target: Target): Promise<Connection> {
  const { client, giveBack } = await refusing(borrowNode(target, "admin"), REFUSALS, firstWord);
  return {
    version: async () => parseInfo(await client.info("server")).get("redis_version") ?? "unknown",
    read: (names) => read(client, names),
    held: () => held(client),
    unsaved: (wanted) => unsavedIn(storeOf(target, client), wanted),
    save: () => saveForEnd(storeOf(target, client), { end: performance.now() + CHANGE_DEADLINE_MS }),
    apply: (settings) => apply(target, client, settings),
    close: giveBack,
  };
}

/** Redis begins an error with its code. */
export function firstWord({ message }: Error): string {
  return message.split(" ", 1)[0] ?? "";
}

async function readyAlone(targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    const client = await openNode(target, "app");
    try {
      await probe(client, "plumbline:ready", target.instance);
    } finally {
      client.disconnect();
    }
  }
}

const Pairs = z.array(z.string());

/** Resolves numbers as numbers, everything else as Redis's text. Unknown names are absent. */
async function read(client: Redis, names: readonly string[]): Promise<ReadonlyMap<string, EffectiveValue>> {
  if (names.length === 0) return new Map();
  const pairs = Pairs.parse(await client.call("CONFIG", ["GET", ...names]));
  const values = new Map<string, EffectiveValue>();
  for (const [index, name] of pairs.entries()) {
    const value = pairs[index + 1];
    if (index % 2 !== 0 || value === undefined || !names.includes(name)) continue;
    values.set(name, { value: /^-?\d+$/.test(value) ? Number(value) : value });
  }
  return values;
}

async function valueOf(client: Redis, name: string): Promise<SettingValue | undefined> {
  return (await read(client, [name])).get(name)?.value;
}

/** Uses one CONFIG SET, which changes everything or nothing. A change of the form of the data is more: see `switch.ts`. */
async function apply(
  target: Target,
  client: Redis,
  settings: readonly { readonly name: string; readonly value: SettingValue }[],
): Promise<void> {
  if (settings.length === 0) return;
  const wanted = new Map(settings.map(({ name, value }) => [name, value]));
  await refuseTooSmall(client, wanted);
  const form = wanted.get("appendonly");
  const isChanged = form !== undefined && form !== (await valueOf(client, "appendonly"));
  if (!isChanged) return setAll(client, wanted);
  const store = storeOf(target, client);
  const limit = { end: performance.now() + CHANGE_DEADLINE_MS };
  if (form === "yes") return openLog(store, limit, () => setAll(client, wanted));
  const save = wanted.get("save") ?? (await valueOf(client, "save")) ?? "";
  return closeLog(store, limit, () => setAll(client, new Map([...wanted, ["save", save]])));
}

async function setAll(client: Redis, wanted: ReadonlyMap<string, SettingValue>): Promise<void> {
  try {
    await client.call("CONFIG", ["SET", ...[...wanted].flatMap(([name, value]) => [name, String(value)])]);
  } catch (error) {
    throw messageOf(error).includes("Unable to update TLS configuration") ? unreadableCertificates(error) : error;
  }
}

/** A folder that was removed and made anew is another one than the container has mounted. */
function unreadableCertificates(cause: unknown): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: "Redis cannot read its new certificates; nothing was changed",
    why: "their folder was removed while the container ran, so the container still has the old one",
    fix: "`npm run down`, then `npm run up`: the containers are made anew, and the data are kept",
    cause,
  });
}

async function held(client: Redis): Promise<Bytes> {
  return bytes(Number(parseInfo(await client.info("memory")).get("used_memory")));
}

async function refuseTooSmall(client: Redis, wanted: ReadonlyMap<string, SettingValue>): Promise<void> {
  if (!wanted.has("maxmemory") && !wanted.has("maxmemory-policy")) return;
  const [inUse, effective] = await Promise.all([held(client), read(client, ["maxmemory", "maxmemory-policy"])]);
  const memory = bytes(Number.MAX_SAFE_INTEGER); // the container's limit changes on its own
  const found = misfit({ held: inUse, effective, wanted, memory, isNew: false });
  if (found) throw new PlumblineError("NOT_CONVERGED", { ...found, details: { usedBytes: inUse } });
}
