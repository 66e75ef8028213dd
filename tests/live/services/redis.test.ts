import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConfiguredService, LiveService } from "../../../stack/core/service/service.ts";
import { redis } from "../../../stack/services/redis/index.ts";
import {
  describeLive,
  eventually,
  type Lab,
  openLab,
  type RunningService,
  type Server,
} from "../../support/live/server.ts";
import { SHARE, withNode, withPlainCluster } from "./redis-clients.ts";
import { benchOf, NO_GRANTS } from "../../support/core/steps.ts";

/** Starts the nodes and waits until they answer; the cluster is not formed. */
async function startNodes(lab: Lab, service: ConfiguredService) {
  const live: LiveService = await service.live();
  const servers = await Promise.all(
    service.instances.map((instance) => lab.start(service, { instance, share: SHARE })),
  );
  await answering(live, servers);
  return { live, servers, targets: servers.map(({ target }) => target) };
}

async function answering(live: LiveService, servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map(({ target }) => eventually(async () => (await live.connect(target)).close())));
}

/** Keys that an application could have: some on every node. */
const USER_KEYS = Array.from({ length: 60 }, (_, index) => `user:${index}`);

await describeLive("a Redis cluster", ["redis"], () => {
  const service = redis.configure({});
  let lab: Lab;
  let running: RunningService;

  beforeAll(async () => {
    lab = await openLab([service]);
    running = await lab.up(service, { share: SHARE });
  });
  afterAll(() => lab?.close());

  test("must be formed from cold, with the steps in words", () => {
    expect(running.prepared).toEqual(
      expect.arrayContaining([
        "gave slots 0-5460 to redis-1",
        "gave slots 5461-10921 to redis-2",
        "gave slots 10922-16383 to redis-3",
        "set config epoch 1 on redis-1",
        "set config epoch 2 on redis-2",
        "set config epoch 3 on redis-3",
      ]),
    );
  });

  test("must be usable from the host by a client that knows one address and maps none", async () => {
    for (const server of running.servers) {
      const keys = await withPlainCluster(server, async (cluster) => {
        for (const key of USER_KEYS) await cluster.set(key, `value of ${key}`);
        return Promise.all(USER_KEYS.map((key) => cluster.get(key)));
      });
      expect(keys).toEqual(USER_KEYS.map((key) => `value of ${key}`));
    }
  });

  test("must redirect to addresses of the host", async () => {
    const [first] = running.servers;
    if (first === undefined) throw new Error("no server");
    const ports = running.targets.map((target) => target.port("redis"));
    const redirections = await withNode(first, "app", (client) =>
      Promise.all(USER_KEYS.map((key) => client.get(key).then(String, String))),
    );
    const places = redirections.flatMap((answer) => /MOVED \d+ (.+)$/.exec(answer)?.[1] ?? []);
    expect(new Set(places)).toEqual(new Set(ports.slice(1).map((port) => `127.0.0.1:${port}`)));
  });

  test("the default user and a wrong password must be refused, and users kept to their commands", async () => {
    const [first] = running.servers;
    if (first === undefined) throw new Error("no server");
    const anonymous = new Redis({ port: first.target.port("redis"), retryStrategy: null, enableReadyCheck: false });
    anonymous.on("error", () => undefined);
    await expect(anonymous.get("user:1")).rejects.toThrow("NOAUTH");
    anonymous.disconnect();
    await withNode(first, "bench", async (client) => {
      await expect(client.set("user:1", "overwritten")).rejects.toThrow("NOPERM");
      await expect(client.flushall()).rejects.toThrow("NOPERM");
    });
    await withNode(first, "app", (client) => expect(client.config("SET", "maxmemory", "1")).rejects.toThrow("NOPERM"));
  });

  test("every scenario must run, and the benchmarks leave other keys alone and none behind", async () => {
    const [first] = running.servers;
    if (first === undefined) throw new Error("no server");
    const bench = benchOf(running.live, running.targets);
    await bench.setup();
    for (const scenario of bench.scenarios) {
      await scenario.prepare?.();
      const run = await scenario.open(2);
      for (let count = 0; count < 30; count += 1) await Promise.all([run.operation(0), run.operation(1)]);
      await run.close();
    }
    expect(await bench.fingerprint()).toMatchObject({ nodes: "3", appendonly: "yes", appendfsync: "everysec" });
    await bench.teardown();
    await bench.teardown();
    const left = await Promise.all(
      running.servers.map((server) => withNode(server, "admin", (node) => node.keys("*"))),
    );
    expect(left.flat().toSorted()).toEqual(USER_KEYS.toSorted());
  });

  test("must be healed, with its data, after its containers came back at other addresses", async () => {
    const before = running.targets.map(({ address }) => address);
    await Promise.all(running.servers.map((server) => server.stop()));
    // The engine gives the lowest free address first: whoever had it starts last, so that all addresses move on.
    const inOrder = running.servers.toSorted((a, b) => a.target.address.localeCompare(b.target.address));
    for (const server of [...inOrder.slice(1), ...inOrder.slice(0, 1)]) await server.start();
    expect(running.targets.filter(({ address }, index) => address === before[index])).toEqual([]);
    await answering(running.live, running.servers);
    expect(await running.live.prepare(running.targets, NO_GRANTS)).not.toEqual([]);
    await eventually(() => running.live.ready(running.targets));
    expect(await running.live.prepare(running.targets, NO_GRANTS)).toEqual([]);
    const [first] = running.servers;
    if (first === undefined) throw new Error("no server");
    const values = await withPlainCluster(first, (cluster) => Promise.all(USER_KEYS.map((key) => cluster.get(key))));
    expect(values).toEqual(USER_KEYS.map((key) => `value of ${key}`));
  });
});

await describeLive("a Redis cluster that something else began", ["redis"], () => {
  const service = redis.configure({ persistence: "none" });
  let lab: Lab;
  let nodes: Awaited<ReturnType<typeof startNodes>>;

  beforeAll(async () => {
    lab = await openLab([service]);
    nodes = await startNodes(lab, service);
  });
  afterAll(() => lab?.close());

  const cluster = (index: number, ...args: (string | number)[]) => {
    const server = nodes.servers[index];
    if (server === undefined) throw new Error("no server");
    return withNode(server, "admin", (client) => client.call("CLUSTER", args));
  };

  test("slots that two nodes claim must be refused with the reason", async () => {
    await cluster(0, "ADDSLOTSRANGE", 0, 9000);
    await cluster(1, "ADDSLOTSRANGE", 8000, 16_383);
    await expect(nodes.live.prepare(nodes.targets, NO_GRANTS)).rejects.toMatchObject({
      code: "PREPARE_FAILED",
      why: "slots 8000-9000 are claimed by both redis-1 and redis-2",
    });
    await cluster(1, "DELSLOTSRANGE", 8000, 16_383);
    await cluster(0, "DELSLOTSRANGE", 5461, 9000);
  });

  test("forming that was killed in the middle must be finished, and what was done stays", async () => {
    // redis-1 has its slots already, and has met redis-2.
    await cluster(0, "MEET", nodes.targets[1]?.address ?? "", 6379, 16_379);
    const done = await nodes.live.prepare(nodes.targets, NO_GRANTS);
    expect(done).toEqual(
      expect.arrayContaining(["gave slots 5461-10921 to redis-2", "gave slots 10922-16383 to redis-3"]),
    );
    expect(done.filter((step) => step.startsWith("gave"))).toHaveLength(2);
    await eventually(() => nodes.live.ready(nodes.targets));
    expect(await nodes.live.prepare(nodes.targets, NO_GRANTS)).toEqual([]);
  });

  test("a cluster that has lost a node's volume must be refused, not filled with an empty node", async () => {
    await expect(nodes.live.prepare(nodes.targets.slice(0, 2), NO_GRANTS)).rejects.toThrow(
      /slots 10922-16383 belong to the node .* which is no node of this stack/,
    );
  });

  test("a node that is down must make the cluster unready", async () => {
    await nodes.servers[2]?.stop();
    await expect(nodes.live.ready(nodes.targets)).rejects.toThrow();
  });
});
