/** Operations on one node. */
import type { Scenario, ScenarioRun } from "../../core/service/scenario.ts";
import type { Target } from "../../core/service/service.ts";
import { redisBenchmarkTool } from "./benchmark-tool.ts";
import { openNode } from "./client.ts";
import { BENCH_PREFIX } from "./conf.ts";
import { openInline } from "./inline.ts";
import { KEYS, must, NODE_OPERATIONS, VALUE_BYTES, type NodeOperation, type Send } from "./operations.ts";
import type { RedisOptions } from "./options.ts";

/**
 * Concurrent clients: the size of an application's pool, far from the 50 with which redis-benchmark seeks the maximum.
 */
export const CLIENTS = 8;

/** No mode of persistence syncs before it answers. Refills are not counted: one pipeline in hundreds of operations. */
export const ONE_TRIP = { roundTrips: 1, syncs: 0 } as const;

/** One thread of Node sends less than half of what one node can answer. */
export const THREADS = 4;

/** Resolves a hash tag for each node, by instance. */
export type Tags = () => Promise<ReadonlyMap<string, string>>;

/** Measures the first node only: the others have the same size. */
export function nodeScenarios(targets: readonly Target[], options: RedisOptions, tags: Tags): readonly Scenario[] {
  const [target] = targets;
  if (target === undefined) throw new Error("no node to measure");
  const durability = durabilityOf(options);
  const tag = async (): Promise<string> => (await tags()).get(target.instance) ?? "0";
  const parameters = { keys: KEYS, valueBytes: VALUE_BYTES, durability, cluster: options.nodes > 1 };
  const scenario = ({ name, title, effect, smoke = false, send, benchmark }: Described): Scenario => ({
    name: `redis/${name}`,
    title: effect === "read" ? title : `${title} (${durability})`,
    effect,
    smoke,
    clients: CLIENTS,
    cost: ONE_TRIP,
    threads: THREADS,
    parameters,
    open: async (clients, first = 0) => openRun({ target, clients, first, tag: await tag(), send }),
    ...(benchmark && { loadTool: redisBenchmarkTool(target, tag, benchmark) }),
  });
  return [...NODE_OPERATIONS.map(scenario), inlinePing(target, tag, parameters)];
}

type Described = Omit<NodeOperation, "smoke"> & { readonly smoke?: boolean };

/** What a person types over telnet, and redis-benchmark's first test; clients of applications do not send it. */
function inlinePing(target: Target, tag: () => Promise<string>, parameters: Scenario["parameters"]): Scenario {
  return {
    name: "redis/ping-inline",
    title: "answer a ping in the inline protocol",
    effect: "read",
    smoke: false,
    clients: CLIENTS,
    cost: ONE_TRIP,
    parameters,
    open: async (clients) => {
      const connections = await openAll(clients, () => openInline(target, "bench"));
      return {
        operation: async (client) => must<string | undefined>("+PONG")(await connections[client]?.ask("PING")),
        close: async () => {
          for (const connection of connections) connection.disconnect();
        },
      };
    },
    loadTool: redisBenchmarkTool(target, tag, { test: "ping_inline" }),
  };
}

/**
 * Returns what an acknowledged write survives: never a power cut, because no mode of this service syncs before it
 * answers.
 */
export function durabilityOf({ persistence }: RedisOptions): string {
  switch (persistence) {
    case "none":
      return "in memory only";
    case "aof":
      return "append-only log, synced every second";
    case "rdb":
      return "in memory, with snapshots";
  }
}

interface Opening {
  readonly target: Target;
  readonly clients: number;
  readonly first: number;
  readonly tag: string;
  readonly send: Send;
}

async function openRun({ target, clients, first, tag, send }: Opening): Promise<ScenarioRun> {
  const connections = await openAll(clients, () => openNode(target, "bench"));
  const counts = connections.map(() => 0);
  return {
    operation: async (client: number) => {
      const redis = connections[client];
      if (redis === undefined) throw new Error(`no client ${client}`);
      const count = counts[client] ?? 0;
      counts[client] = count + 1;
      await send(redis, count, (name) => `${BENCH_PREFIX}{${tag}}:${first + client}:${name}`, tag);
    },
    close: async () => {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** Opens all or none. */
export async function openAll<T extends { disconnect(): void }>(count: number, open: () => Promise<T>): Promise<T[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, open));
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return opened;
  for (const connection of opened) connection.disconnect();
  throw failure.reason;
}
