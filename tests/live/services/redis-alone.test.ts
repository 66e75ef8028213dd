import { afterAll, beforeAll, expect, test } from "vitest";
import { mib } from "../../../stack/core/units.ts";
import { redis } from "../../../stack/services/redis/index.ts";
import { describeLive, type Lab, MACHINE, openLab, type RunningService, WORKLOAD } from "../../support/live/server.ts";
import { SHARE, withConnection, withNode } from "./redis-clients.ts";
import { benchOf } from "../../support/core/steps.ts";

await describeLive("a Redis that stands alone", ["redis"], () => {
  const service = redis.configure({ nodes: 1, persistence: "none" });
  let lab: Lab;
  let running: RunningService;

  beforeAll(async () => {
    lab = await openLab([service]);
    running = await lab.up(service, { share: SHARE });
  });
  afterAll(() => lab?.close());

  test("must be ready without any step, and serve every scenario of a node", async () => {
    expect(running.prepared).toEqual([]);
    const bench = benchOf(running.live, running.targets);
    expect(bench.scenarios.some(({ name }) => name.includes("cluster"))).toBe(false);
    await bench.setup();
    for (const scenario of bench.scenarios) {
      await scenario.prepare?.();
      const run = await scenario.open(1);
      await run.operation(0);
      await run.close();
    }
    await bench.teardown();
  });

  test("must take every value of a grid, live, and answer it", async () => {
    await withConnection(running, async (connection) => {
      for (const persistence of ["none", "aof", "rdb"]) {
        for (const memory of [96, 192, 853, 4096]) {
          const shape = redis.configure({ nodes: 1, persistence, policy: memory > 500 ? "allkeys-lru" : "noeviction" });
          const share = { memory: mib(memory), cpus: 1 };
          const settings = shape.tune({ share, machine: MACHINE, workload: WORKLOAD });
          const changed = settings.filter(({ takes }) => takes === "live");
          await connection.apply(changed);
          const effective = await connection.read(settings.map(({ name }) => name));
          expect(Object.fromEntries([...effective].map(([name, { value }]) => [name, value]))).toEqual(
            Object.fromEntries(settings.map(({ name, value }) => [name, value])),
          );
        }
      }
    });
  });

  test("maxmemory below what is used must be refused with nothing changed, unless the policy evicts", async () => {
    await withConnection(running, async (connection, server) => {
      await connection.apply([
        { name: "maxmemory-policy", value: "noeviction" },
        { name: "maxmemory", value: mib(100) },
      ]);
      await withNode(server, "app", async (client) => {
        for (let index = 0; index < 20; index += 1) await client.set(`user:${index}`, "x".repeat(2 ** 20));
      });
      expect(await connection.held?.()).toBeGreaterThan(mib(20));
      const small = [
        { name: "maxclients", value: 77 },
        { name: "maxmemory", value: mib(10) },
      ];
      await expect(connection.apply(small)).rejects.toThrow(/maxmemory cannot become 10 MiB now.* are in use/);
      const kept = await connection.read(["maxmemory", "maxclients"]);
      expect(kept.get("maxmemory")?.value).toBe(mib(100));
      expect(kept.get("maxclients")?.value).not.toBe(77);
      await connection.apply([...small, { name: "maxmemory-policy", value: "allkeys-lru" }]);
      expect((await connection.read(["maxmemory"])).get("maxmemory")?.value).toBe(mib(10));
    });
  });
});
