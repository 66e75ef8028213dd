/** The benchmark part of Redis: its data, its scenarios, and what a baseline depends on. */
import type { Redis } from "ioredis";
import type { Target } from "../../core/service/service.ts";
import type { Bench, RoundTrip } from "../../core/service/scenario.ts";
import { removeOneTimeUser } from "./benchmark-tool.ts";
import { openNode } from "./client.ts";
import { tagPerNode, withMembers } from "./cluster/cluster.ts";
import { BENCH_PREFIX } from "./conf.ts";
import { countingOf } from "./counting.ts";
import { parseInfo } from "./cluster/nodes.ts";
import { fixedKey, KEYS, VALUE } from "./operations.ts";
import type { RedisOptions } from "./options.ts";
import { clusterScenarios } from "./scenarios-cluster.ts";
import { nodeScenarios, type Tags } from "./scenarios.ts";

/** Keys per SCAN, and commands sent in one pipeline. */
const BATCH = 1000;

export function benchRedis(targets: readonly Target[], options: RedisOptions): Bench {
  const tags: Tags = () => hashTags(targets, options);
  const counting = countingOf(targets);
  return {
    scenarios: [
      ...nodeScenarios(targets, options, tags),
      ...(options.nodes > 1 ? clusterScenarios(targets, options, tags) : []),
    ],
    fingerprint: () => withMembers(targets.slice(0, 1), ([member]) => fingerprint(member?.client, targets.length)),
    openRoundTrip: () => openPing(targets[0]),
    counters: () => counting.counters(),
    setup: async () => {
      await removeAll(targets);
      await writeData(targets, [...(await tags()).values()]);
    },
    teardown: async () => {
      await counting.close();
      await removeAll(targets);
    },
  };
}

async function openPing(target: Target | undefined): Promise<RoundTrip> {
  if (target === undefined) throw new Error("no node to ask");
  const client = await openNode(target, "bench");
  return {
    trip: async () => {
      await client.ping();
    },
    close: async () => client.disconnect(),
  };
}

/** Resolves one hash tag per node, so that its scenarios stay on it; a single node accepts any tag. */
async function hashTags(targets: readonly Target[], { nodes }: RedisOptions): Promise<ReadonlyMap<string, string>> {
  if (nodes === 1) return new Map(targets.map(({ instance }) => [instance, "0"]));
  return withMembers(targets, tagPerNode, "bench");
}

async function fingerprint(client: Redis | undefined, nodes: number): Promise<Readonly<Record<string, string>>> {
  if (client === undefined) throw new Error("no node to ask");
  const names = ["appendonly", "appendfsync", "save", "maxmemory-policy", "io-threads"];
  const answer = await client.call("CONFIG", ["GET", ...names]);
  const pairs = Array.isArray(answer) ? answer.map(String) : [];
  const server = parseInfo(await client.info("server"));
  return {
    version: server.get("redis_version") ?? "unknown",
    nodes: String(nodes),
    ...Object.fromEntries(names.map((name) => [name, pairs[pairs.indexOf(name) + 1] ?? ""])),
  };
}

async function writeData(targets: readonly Target[], tags: readonly string[]): Promise<void> {
  await withMembers(
    targets,
    async (members) => {
      for (const [index, { client }] of members.entries()) {
        const tag = tags[index] ?? "0";
        await inBatches(
          client,
          Array.from({ length: KEYS }, (_, at) => ["set", fixedKey(tag, at), VALUE]),
        );
      }
    },
    "bench",
  );
}

/** Removes the benchmarks' keys by their prefix; other keys are never touched. All writers must have ended before. */
async function removeAll(targets: readonly Target[]): Promise<void> {
  for (const target of targets.slice(0, 1)) await removeOneTimeUser(target);
  await withMembers(
    targets,
    async (members) => {
      await Promise.all(members.map(({ client }) => removeFrom(client)));
    },
    "bench",
  );
}

async function removeFrom(client: Redis): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", `${BENCH_PREFIX}*`, "COUNT", BATCH);
    await inBatches(
      client,
      keys.map((key) => ["unlink", key]),
    );
    cursor = next;
  } while (cursor !== "0");
}

async function inBatches(client: Redis, commands: readonly (readonly string[])[]): Promise<void> {
  for (let from = 0; from < commands.length; from += BATCH) {
    const answers = await client.pipeline(commands.slice(from, from + BATCH).map((command) => [...command])).exec();
    for (const [error] of answers ?? []) if (error) throw error;
  }
}
