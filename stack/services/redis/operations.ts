/** The operations of one node's clients, and redis-benchmark's equivalents. */
import type { Redis } from "ioredis";
import type { Effect } from "../../core/service/scenario.ts";
import { BENCH_PREFIX } from "./conf.ts";

/**
 * Number of keys in the data set, and of elements after which a growing list, set or hash is emptied: at most 2 MB per
 * node.
 */
export const KEYS = 10_000;

export const VALUE_BYTES = 100;
export const VALUE = "x".repeat(VALUE_BYTES);

/** Keys or elements that a removing client creates at once, before it removes them one by one. */
const REFILL = 500;

/** redis-benchmark replaces it by a number of 12 digits, below the value of its option `-r`. */
const ANY = "__rand_int__";
const DIGITS = 12;

/** Sends the operation number `count` of a client; `key` returns the names of the client's own keys. */
export type Send = (redis: Redis, count: number, key: (name: string) => string, tag: string) => Promise<unknown>;

export interface NodeOperation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke?: true;
  readonly send: Send;
  /** Absent if redis-benchmark cannot send the same command with the same effect. */
  readonly benchmark?: BenchmarkCommand;
}

export interface BenchmarkCommand {
  readonly words: (key: (name: string) => string, tag: string) => readonly string[];
  /** A list that grows with each operation, or that is filled beforehand and shrinks. */
  readonly list?: "grows" | "shrinks";
  /** Client counts for which the load loop is compared with redis-benchmark. */
  readonly comparedAt?: readonly number[];
}

/** One client, and redis-benchmark's default. */
const COMPARED_AT = [1, 50];

export const NODE_OPERATIONS: readonly NodeOperation[] = [
  {
    name: "get-hit",
    title: "read a key of one node",
    effect: "read",
    smoke: true,
    send: (redis, count, _, tag) => redis.get(fixedKey(tag, count % KEYS)).then(mustExist),
    benchmark: { words: (_, tag) => ["GET", fixedKeyOf(tag, ANY)], comparedAt: COMPARED_AT },
  },
  {
    name: "set",
    title: "write a key of one node",
    effect: "volatile write",
    smoke: true,
    send: (redis, count, key) => redis.set(key(`string:${count % KEYS}`), VALUE).then(must("OK")),
    benchmark: { words: (key) => ["SET", key(`string:${ANY}`), VALUE], comparedAt: COMPARED_AT },
  },
  {
    name: "get-miss",
    title: "read a key that does not exist",
    effect: "read",
    send: (redis, _, key) => redis.get(key("absent")).then(must<string | null>(null)),
    benchmark: { words: (key) => ["GET", key("absent")] },
  },
  {
    name: "del",
    title: `delete a key, made ${REFILL} at a time`,
    effect: "volatile write",
    send: deleteOne,
  },
  {
    name: "incr",
    title: "increment a counter",
    effect: "volatile write",
    send: (redis, _, key) => redis.incr(key("counter")).then(mustBePositive),
    benchmark: { words: (key) => ["INCR", key("counter")] },
  },
  {
    name: "lpush",
    title: "push to the head of a list",
    effect: "volatile write",
    send: growing("list", (redis, key, at) => redis.lpush(key, VALUE).then(must(at + 1))),
    benchmark: { words: (key) => ["LPUSH", key("list"), VALUE], list: "grows" },
  },
  {
    name: "rpush",
    title: "push to the tail of a list",
    effect: "volatile write",
    send: growing("list", (redis, key, at) => redis.rpush(key, VALUE).then(must(at + 1))),
    benchmark: { words: (key) => ["RPUSH", key("list"), VALUE], list: "grows" },
  },
  {
    name: "lpop",
    title: `take the head of a list, filled ${REFILL} at a time`,
    effect: "volatile write",
    send: popping((redis, key) => redis.lpop(key)),
    benchmark: { words: (key) => ["LPOP", key("list")], list: "shrinks" },
  },
  {
    name: "rpop",
    title: `take the tail of a list, filled ${REFILL} at a time`,
    effect: "volatile write",
    send: popping((redis, key) => redis.rpop(key)),
    benchmark: { words: (key) => ["RPOP", key("list")], list: "shrinks" },
  },
  {
    name: "sadd",
    title: "add to a set",
    effect: "volatile write",
    send: growing("set", (redis, key, at) => redis.sadd(key, `${at}:${VALUE}`).then(must(1))),
    benchmark: { words: (key) => ["SADD", key("set"), `${ANY}:${VALUE}`] },
  },
  {
    name: "zadd",
    title: "add to a sorted set",
    effect: "volatile write",
    send: growing("zset", (redis, key, at) => redis.zadd(key, at, String(at)).then(must(1))),
    benchmark: { words: (key) => ["ZADD", key("zset"), ANY, ANY] },
  },
  {
    name: "hset",
    title: "set a field of a hash",
    effect: "volatile write",
    send: growing("hash", (redis, key, at) => redis.hset(key, String(at), VALUE).then(must(1))),
    benchmark: { words: (key) => ["HSET", key("hash"), ANY, VALUE] },
  },
  {
    name: "ping",
    title: "answer a ping",
    effect: "read",
    send: (redis) => redis.ping().then(must("PONG")),
    benchmark: { words: () => ["PING"] },
  },
];

/** Returns a key of the data set. */
export function fixedKey(tag: string, index: number): string {
  return fixedKeyOf(tag, String(index).padStart(DIGITS, "0"));
}

function fixedKeyOf(tag: string, index: string): string {
  return `${BENCH_PREFIX}{${tag}}:fixed:${index}`;
}

export function mustExist(value: string | null): string {
  if (value === null) throw new Error("a key of the data set is missing");
  return value;
}

/** Throws unless the reply is the expected one: otherwise another operation was measured. */
export function must<Answer>(expected: Answer): (answer: Answer) => void {
  return (answer) => {
    if (answer !== expected) throw new Error(`${String(expected)} was expected, and the answer was ${String(answer)}`);
  };
}

function mustBePositive(answer: number): void {
  if (!(answer > 0)) throw new Error(`a counter that was incremented is ${answer}`);
}

async function deleteOne(...[redis, count, key]: Parameters<Send>): Promise<void> {
  if (count % REFILL === 0) {
    const pipeline = redis.pipeline();
    for (let index = 0; index < REFILL; index += 1) pipeline.set(key(`deleted:${index}`), VALUE);
    await pipeline.exec();
  }
  must(1)(await redis.del(key(`deleted:${count % REFILL}`)));
}

/**
 * Empties the collection after `KEYS` elements, so that neither memory nor the cost of an element grows with the run.
 */
function growing(name: string, add: (redis: Redis, key: string, at: number) => Promise<unknown>): Send {
  return async (redis, count, key) => {
    if (count % KEYS === 0) await redis.unlink(key(name));
    await add(redis, key(name), count % KEYS);
  };
}

function popping(pop: (redis: Redis, key: string) => Promise<string | null>): Send {
  const elements = Array.from({ length: REFILL }, () => VALUE);
  return async (redis, count, key) => {
    if (count % REFILL === 0) {
      await redis.unlink(key("list"));
      await redis.rpush(key("list"), ...elements);
    }
    must<string | null>(VALUE)(await pop(redis, key("list")));
  };
}
