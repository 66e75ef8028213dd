/** Operations on the whole cluster. */
import type { Redis } from "ioredis";
import type { Effect, Scenario, ScenarioRun } from "../../core/service/scenario.ts";
import type { Target } from "../../core/service/service.ts";
import { openAddress, openCluster, openNode } from "./client.ts";
import { BENCH_PREFIX } from "./conf.ts";
import type { RedisOptions } from "./options.ts";
import { fixedKey, KEYS, must, mustExist, VALUE } from "./operations.ts";
import { CLIENTS, durabilityOf, ONE_TRIP, openAll, type Tags, THREADS } from "./scenarios.ts";

export function clusterScenarios(targets: readonly Target[], options: RedisOptions, tags: Tags): readonly Scenario[] {
  const durability = durabilityOf(options);
  const common = {
    clients: CLIENTS,
    cost: ONE_TRIP,
    threads: THREADS,
    parameters: { keys: KEYS, valueBytes: VALUE.length, durability, nodes: options.nodes },
  };
  const scenario = (operation: string, title: string, effect: Effect, open: Scenario["open"]): Scenario => ({
    ...common,
    name: `redis/${operation}`,
    title: effect === "read" ? title : `${title} (${durability})`,
    effect,
    smoke: operation !== "moved",
    open,
  });
  return [
    scenario("cluster-get", "read keys of all nodes in turn", "read", (clients) => openGet(targets, clients, tags)),
    scenario("cluster-set", "write keys that spread over all nodes", "volatile write", (clients, first = 0) =>
      openSet(targets, clients, first),
    ),
    {
      ...scenario("moved", "read a key by way of a node that redirects", "read", (clients) =>
        openMoved(targets, clients, tags),
      ),
      cost: { roundTrips: 2, syncs: 0 },
    },
  ];
}

async function openGet(targets: readonly Target[], clients: number, tags: Tags): Promise<ScenarioRun> {
  const spread = [...(await tags()).values()];
  return eachCluster(targets, clients, async (cluster, count) => {
    const tag = spread[count % spread.length] ?? "0";
    mustExist(await cluster.get(fixedKey(tag, count % KEYS)));
  });
}

function openSet(targets: readonly Target[], clients: number, first: number): Promise<ScenarioRun> {
  return eachCluster(targets, clients, async (cluster, count, client) => {
    must("OK")(await cluster.set(`${BENCH_PREFIX}spread:${first + client}:${count % KEYS}`, VALUE));
  });
}

type ClusterOperation = (
  cluster: Awaited<ReturnType<typeof openCluster>>,
  count: number,
  client: number,
) => Promise<void>;

async function eachCluster(targets: readonly Target[], clients: number, send: ClusterOperation): Promise<ScenarioRun> {
  const [first] = targets;
  if (first === undefined) throw new Error("no node to measure");
  const clusters = await openAll(clients, () => openCluster(first, "bench"));
  const counts = clusters.map(() => 0);
  return {
    operation: async (client) => {
      const cluster = clusters[client];
      if (cluster === undefined) throw new Error(`no client ${client}`);
      const count = counts[client] ?? 0;
      counts[client] = count + 1;
      await send(cluster, count, client);
    },
    close: async () => {
      for (const cluster of clusters) cluster.disconnect();
    },
  };
}

/** Asks the first node for a key of the second and follows the redirection: two round trips, on open connections. */
async function openMoved(targets: readonly Target[], clients: number, tags: Tags): Promise<ScenarioRun> {
  const [first, second] = targets;
  if (first === undefined || second === undefined) throw new Error("a redirection needs two nodes");
  const tag = (await tags()).get(second.instance) ?? "0";
  const asked = await openAll(clients, () => openNode(first, "bench"));
  const { host, port } = await redirection(asked[0], fixedKey(tag, 0));
  const pointedAt = await openAll(clients, () => openAddress(host, port, second, "bench"));
  return {
    operation: async (client) => {
      const [from, to] = [asked[client], pointedAt[client]];
      if (from === undefined || to === undefined) throw new Error(`no client ${client}`);
      await redirection(from, fixedKey(tag, 0));
      mustExist(await to.get(fixedKey(tag, 0)));
    },
    close: async () => {
      for (const connection of [...asked, ...pointedAt]) connection.disconnect();
    },
  };
}

/** Resolves the redirection of a node for a key that it does not have: "MOVED 3999 127.0.0.1:6381". */
async function redirection(client: Redis | undefined, key: string): Promise<{ host: string; port: number }> {
  const answer = await client?.get(key).then(
    () => "the key itself",
    (error: unknown) => String(error),
  );
  const match = /MOVED \d+ (.+):(\d+)$/.exec(answer ?? "");
  if (match?.[1] === undefined) throw new Error(`a redirection was expected, and the answer was ${answer}`);
  return { host: match[1], port: Number(match[2]) };
}
