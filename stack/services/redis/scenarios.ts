/** Operations on one node. */
import type { Redis } from "ioredis";
import type { Effect, Scenario } from "../../core/scenario.ts";
import type { Target } from "../../core/service.ts";
import { openNode } from "./client.ts";
import { BENCH_PREFIX } from "./conf.ts";
import type { RedisOptions } from "./options.ts";

/** Clients that send at once: an application's pool, far from the 50 with which redis-benchmark seeks the maximum. */
export const CLIENTS = 8;

/** Keys of the data set, and elements after which a growing list, set or hash starts anew: 2 MB a node at most. */
export const KEYS = 10_000;

const VALUE_BYTES = 100;
export const VALUE = "x".repeat(VALUE_BYTES);

/** A client of the DEL scenario makes so many keys at once, and then deletes them one by one. */
const REFILL = 500;

/** A hash tag for each node, by instance. */
export type Tags = () => Promise<ReadonlyMap<string, string>>;

/** Sends the operation number `count` of a client that has `key` for its own. */
type Send = (redis: Redis, count: number, key: (name: string) => string, tag: string) => Promise<unknown>;

export function nodeScenarios(targets: readonly Target[], options: RedisOptions, tags: Tags): readonly Scenario[] {
  const durability = durabilityOf(options);
  const scenario = (operation: string, title: string, effect: Effect, smoke: boolean, send: Send): Scenario => ({
    name: `redis/${operation}`,
    title: effect === "read" ? title : `${title} (${durability})`,
    effect,
    smoke,
    clients: CLIENTS,
    parameters: { keys: KEYS, valueBytes: VALUE_BYTES, durability, cluster: options.nodes > 1 },
    open: (clients) => openRun(targets[0], clients, tags, send),
  });
  const write = "volatile write";
  return [
    scenario("get-hit", "read a key of one node", "read", true, get),
    scenario("set", "write a key of one node", write, true, (redis, count, key) =>
      redis.set(key(`string:${count % KEYS}`), VALUE),
    ),
    scenario("get-miss", "read a key that does not exist", "read", false, (redis, _, key) => redis.get(key("absent"))),
    scenario("del", `delete a key, made ${REFILL} at a time`, write, false, deleteOne),
    scenario("incr", "increment a counter", write, false, (redis, _, key) => redis.incr(key("counter"))),
    scenario(
      "lpush",
      "push to a list",
      write,
      false,
      growing("list", (redis, key) => redis.lpush(key, VALUE)),
    ),
    scenario(
      "sadd",
      "add to a set",
      write,
      false,
      growing("set", (redis, key, at) => redis.sadd(key, `${at}:${VALUE}`)),
    ),
    scenario(
      "zadd",
      "add to a sorted set",
      write,
      false,
      growing("zset", (redis, key, at) => redis.zadd(key, at, String(at))),
    ),
    scenario(
      "hset",
      "set a field of a hash",
      write,
      false,
      growing("hash", (redis, key, at) => redis.hset(key, String(at), VALUE)),
    ),
  ];
}

/** What an acknowledged write has survived: never a power cut, because no mode of this service syncs before it answers. */
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

/** A key of the data set. */
export function fixedKey(tag: string, index: number): string {
  return `${BENCH_PREFIX}{${tag}}:fixed:${index}`;
}

export function mustExist(value: string | null): string {
  if (value === null) throw new Error("a key of the data set is missing");
  return value;
}

async function openRun(target: Target | undefined, clients: number, tags: Tags, send: Send) {
  if (target === undefined) throw new Error("no node to measure");
  const tag = (await tags()).get(target.instance) ?? "0";
  const connections = await openAll(clients, () => openNode(target, "bench"));
  const counts = connections.map(() => 0);
  return {
    operation: async (client: number) => {
      const redis = connections[client];
      if (redis === undefined) throw new Error(`no client ${client}`);
      const count = counts[client] ?? 0;
      counts[client] = count + 1;
      await send(redis, count, (name) => `${BENCH_PREFIX}{${tag}}:${client}:${name}`, tag);
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

const get: Send = (redis, count, _, tag) => redis.get(fixedKey(tag, count % KEYS)).then(mustExist);

const deleteOne: Send = async (redis, count, key) => {
  if (count % REFILL === 0) {
    const pipeline = redis.pipeline();
    for (let index = 0; index < REFILL; index += 1) pipeline.set(key(`deleted:${index}`), VALUE);
    await pipeline.exec();
  }
  await redis.del(key(`deleted:${count % REFILL}`));
};

/** Starts anew after `KEYS` elements, so that neither memory nor the cost of an element grows with the run. */
function growing(name: string, add: (redis: Redis, key: string, at: number) => Promise<unknown>): Send {
  return async (redis, count, key) => {
    if (count % KEYS === 0) await redis.unlink(key(name));
    await add(redis, key(name), count % KEYS);
  };
}
