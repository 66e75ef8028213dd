import { describe, expect, test } from "vitest";
import type { Counters } from "../../../stack/core/machine/counters.ts";
import { openSampler } from "../../../stack/measure/samples/sampler.ts";
import { countersAt } from "../../support/counters.ts";
import { fakeEngine, type FakeEngine } from "../../support/fakes/engine.ts";
import { containerOf } from "../../support/core/container.ts";

const BLOCK = { scenario: "store/read", services: ["store"], isKept: true };

const refused = () => Promise.reject(new Error("access denied"));

interface Scene {
  readonly engine: FakeEngine;
  /** Instances in the order in which they were read, since the last look. */
  readonly readSince: () => readonly string[];
  /** Lets time pass, with the cpu that each instance uses in a second. */
  readonly pass: (seconds: number, cores: Readonly<Record<string, number>>) => void;
}

/** Two services on one machine whose clock the test moves. */
function scene(): Scene {
  const engine = fakeEngine({
    containers: ["store", "queue"].map((name) => containerOf({ id: name, service: name, instance: name })),
  });
  const read: string[] = [];
  for (const { id } of engine.world.containers) engine.world.counters.set(id, countersAt(100));
  return {
    engine: {
      ...engine,
      counters: async (id) => {
        const reader = await engine.counters(id);
        return { ...reader, read: () => (read.push(id), reader.read()) };
      },
    },
    readSince: () => read.splice(0),
    pass: (seconds, cores) => {
      for (const [id, counters] of engine.world.counters) {
        const cpuS = counters.cpuS + seconds * (cores[id] ?? 0);
        const machine = { ...counters.machine, cpuS: counters.machine.cpuS + seconds * 2 };
        const now: Counters = { ...counters, atS: counters.atS + seconds, cpuS, machine };
        engine.world.counters.set(id, now);
      }
    },
  };
}

async function opened({ engine }: Scene) {
  return openSampler(engine, engine.world.containers, engine.world.facts);
}

describe("the sampler", () => {
  test("reads at both ends of a block only the containers of the scenario's services", async () => {
    const world = scene();
    const sampler = await opened(world);
    const readings = await sampler.block(BLOCK);
    world.readSince();
    const end = await readings.begin();
    world.pass(2, { store: 0.5, queue: 0.25 });
    const between = await end();
    expect(world.readSince()).toEqual(["store", "store"]);
    expect([...(between?.before.containers.keys() ?? [])]).toEqual(["store"]);
    expect(between?.after.containers.get("store")?.cpuS).toBe(1);
    // Another block of the same service needs nothing of the others either.
    const next = await (await sampler.block(BLOCK)).begin();
    await next();
    expect(world.readSince()).toEqual(["store", "store"]);
  });

  test("asks the servers what they counted, before the first and after the last reading", async () => {
    const world = scene();
    const sampler = await opened(world);
    const order: string[] = [];
    let work = 0;
    const counters = async () => {
      order.push(...world.readSince(), "asked");
      return { "synced writes": work };
    };
    const end = await (await sampler.block({ ...BLOCK, counters })).begin();
    work = 12;
    const between = await end();
    expect(order.slice(-3)).toEqual(["store", "store", "asked"]);
    expect([between?.before.counted, between?.after.counted]).toEqual([
      { "synced writes": 0 },
      { "synced writes": 12 },
    ]);
  });

  test("gives no reading, but a note, where a container or its server does not answer", async () => {
    const world = scene();
    const sampler = await opened(world);
    const end = await (await sampler.block({ ...BLOCK, counters: refused })).begin();
    expect((await end())?.before.counted).toBeUndefined();
    const begun = await (await sampler.block(BLOCK)).begin();
    world.engine.world.counters.delete("store");
    expect(await begun()).toBeUndefined();
    world.engine.world.counters.set("store", countersAt(300));
    await sampler.finish();
    expect(sampler.result()?.notes).toEqual([
      "a server was not asked what it counted: access denied",
      expect.stringContaining("store was not read at every block"),
    ]);
  });

  test("tells the idle use of each container: outside of its service's blocks, without other work in it", async () => {
    const world = scene();
    const sampler = await opened(world);
    world.pass(10, { store: 1, queue: 1 }); // set-up
    await sampler.apart(async () => world.pass(5, { store: 2 }));
    world.pass(1, { store: 0.1, queue: 0.2 });
    const end = await (await sampler.block(BLOCK)).begin();
    world.pass(2, { store: 1.5, queue: 0.2 });
    await end();
    world.pass(1, { store: 1.5, queue: 0.2 }); // closing its connections
    await (await sampler.block({ ...BLOCK, scenario: "queue/publish", services: ["queue"] })).begin();
    world.pass(3, { store: 0.1, queue: 0.9 });
    await sampler.round();
    world.pass(1, { store: 0.1, queue: 0.2 });
    await sampler.finish();
    const containers = sampler.result()?.containers ?? [];
    expect(containers.map(({ instance, idle }) => [instance, idle])).toEqual([
      ["store", { cpuCores: 0.1 }],
      ["queue", { cpuCores: 0.2 }],
    ]);
  });

  test("leaves a warm-up out of the blocks, but reads it", async () => {
    const world = scene();
    const sampler = await opened(world);
    const end = await (await sampler.block({ ...BLOCK, isKept: false })).begin();
    world.pass(1, { store: 1 });
    expect(await end()).toBeDefined();
    const kept = await (await sampler.block(BLOCK)).begin();
    world.pass(1, { store: 0.5 });
    await kept();
    const resources = sampler.result();
    expect(resources?.blocks.map(({ scenario }) => scenario)).toEqual(["store/read"]);
    expect(resources?.containers[0]?.samples.map(({ cpuCores }) => cpuCores)).toEqual([1, 0.5]);
    expect(resources?.machine.map(({ cpuCores }) => cpuCores)).toEqual([2, 2]);
  });
});
