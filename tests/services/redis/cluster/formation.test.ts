import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatStep, planFormation, type Step, type View } from "../../../../stack/services/redis/cluster/formation.ts";
import {
  equalRanges,
  formatRanges,
  parseNodes,
  SLOTS,
  slotsIn,
  toRanges,
} from "../../../../stack/services/redis/cluster/nodes.ts";
import type { ClusterNode, Range } from "../../../../stack/services/redis/cluster/nodes.ts";

/** A cluster that remembers: what the steps of a plan do to the views of three nodes. */
class World {
  readonly #known = new Map<string, Map<string, { address: string; flags: string[] }>>();
  readonly #slots = new Map<string, readonly Range[]>();
  readonly #epochs = new Map<string, number>();
  readonly addresses: Map<string, string>;

  constructor(instances: readonly string[]) {
    this.addresses = new Map(instances.map((name, index) => [name, `10.0.0.${index + 1}`]));
    for (const name of instances) this.#known.set(name, new Map());
  }

  own(instance: string, ...ranges: readonly Range[]): void {
    this.#slots.set(instance, [...(this.#slots.get(instance) ?? []), ...ranges]);
  }

  /** Replaces the slots of a node. */
  slots(id: string, ...ranges: readonly Range[]): void {
    this.#slots.set(id, ranges);
  }

  know(instance: string, peer: string, address: string, ...flags: string[]): void {
    this.#known.get(instance)?.set(peer, { address, flags });
  }

  views(): readonly View[] {
    return [...this.addresses].map(([instance, address]) => {
      const others = [...(this.#known.get(instance) ?? [])].map(([id, node]): ClusterNode => ({
        id,
        ...node,
        slots: this.#slots.get(id) ?? [],
      }));
      const self: ClusterNode = {
        id: instance,
        address,
        flags: ["myself", "master"],
        slots: this.#slots.get(instance) ?? [],
      };
      return { instance, address, id: instance, epoch: this.#epochs.get(instance) ?? 0, nodes: [self, ...others] };
    });
  }

  take(step: Step): void {
    switch (step.kind) {
      case "restore":
      case "assign":
        return this.own(step.instance, ...step.ranges);
      case "epoch":
        this.#epochs.set(step.instance, step.epoch);
        return;
      case "forget":
        this.#known.get(step.instance)?.delete(step.id);
        return;
      case "meet":
        this.know(step.instance, step.peer, step.address, "master");
        return;
    }
  }

  plan(): readonly string[] | string {
    const formation = planFormation(this.views());
    return formation.kind === "refused" ? formation.why : formation.steps.map(formatStep);
  }
}

const INSTANCES = ["redis-1", "redis-2", "redis-3"];

/** A cluster that is whole. */
function formed(): World {
  const world = new World(INSTANCES);
  settle(world);
  return world;
}

function settle(world: World, most = Infinity): void {
  const formation = planFormation(world.views());
  if (formation.kind === "refused") throw new Error(formation.why);
  for (const step of formation.steps.slice(0, most)) world.take(step);
}

describe("the plan of a cluster", () => {
  test("must give slots and epochs to nodes that are alone, and introduce each to each", () => {
    expect(new World(INSTANCES).plan()).toEqual([
      "gave slots 0-5460 to redis-1",
      "gave slots 5461-10921 to redis-2",
      "gave slots 10922-16383 to redis-3",
      "set config epoch 1 on redis-1",
      "set config epoch 2 on redis-2",
      "set config epoch 3 on redis-3",
      "introduced redis-2 at 10.0.0.2 to redis-1",
      "introduced redis-3 at 10.0.0.3 to redis-1",
      "introduced redis-1 at 10.0.0.1 to redis-2",
      "introduced redis-3 at 10.0.0.3 to redis-2",
      "introduced redis-1 at 10.0.0.1 to redis-3",
      "introduced redis-2 at 10.0.0.2 to redis-3",
    ]);
  });

  test("must be empty for a cluster that is whole", () => {
    expect(formed().plan()).toEqual([]);
  });

  test("killed after any of its steps must be finished by the next run, to the same cluster", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }), (kills) => {
        const world = new World(INSTANCES);
        for (const most of kills) settle(world, most);
        settle(world);
        expect(world.plan()).toEqual([]);
        const slots = (of: World) => of.views().map(({ nodes }) => nodes[0]?.slots);
        expect(slots(world)).toEqual(slots(formed()));
      }),
    );
  });

  test("must introduce anew those whose addresses changed, and touch no slot", () => {
    const world = formed();
    world.addresses.set("redis-1", "10.0.0.2");
    world.addresses.set("redis-2", "10.0.0.1");
    expect(world.plan()).toEqual([
      "introduced redis-2 at 10.0.0.1 to redis-1",
      "introduced redis-1 at 10.0.0.2 to redis-2",
      "introduced redis-1 at 10.0.0.2 to redis-3",
      "introduced redis-2 at 10.0.0.1 to redis-3",
    ]);
  });

  test("must introduce anew a node whose address was lost", () => {
    const world = formed();
    world.know("redis-1", "redis-2", "10.0.0.2", "master", "noaddr");
    expect(world.plan()).toEqual(["introduced redis-2 at 10.0.0.2 to redis-1"]);
  });

  test("must leave slots where a person moved them", () => {
    const world = new World(INSTANCES);
    world.own("redis-1", [0, 99], [200, 16_000]);
    world.own("redis-2", [100, 199]);
    world.own("redis-3", [16_001, 16_383]);
    settle(world);
    expect(world.plan()).toEqual([]);
    expect(world.views()[1]?.nodes[0]?.slots).toEqual([[100, 199]]);
  });

  test("must forget a lost node that held no slot", () => {
    const world = formed();
    world.know("redis-1", "0123456789abcdef", "10.0.0.9", "master", "fail");
    expect(world.plan()).toEqual(["made redis-1 forget the lost node 01234567"]);
  });

  test("must forget a living stranger that holds no slot, name it, and touch no slot", () => {
    const world = formed();
    for (const name of INSTANCES) world.know(name, "0123456789abcdef", "10.0.0.9", "master");
    expect(world.plan()).toEqual(
      INSTANCES.map((name) => `made ${name} forget the node 01234567 at 10.0.0.9, which is no node of this stack`),
    );
    settle(world);
    expect(world.plan()).toEqual([]);
    expect(world.views()).toEqual(formed().views());
  });
});

describe("a node that has lost its nodes.conf", () => {
  const OLD: Range = [5461, 10_921];
  /** redis-2 has a new id, and the slots of its keys; the others keep its slots for "old-id", `flags`. */
  function returned(keys: readonly Range[], ...flags: readonly string[]): World {
    const world = new World(INSTANCES);
    world.own("redis-1", [0, 5460]);
    world.own("redis-3", [10_922, 16_383]);
    world.slots("redis-2", ...keys);
    world.slots("old-id", OLD);
    for (const [name, peer] of [
      ["redis-1", "redis-3"],
      ["redis-3", "redis-1"],
    ] as const) {
      world.know(name, peer, world.addresses.get(peer) ?? "", "master");
      world.know(name, "old-id", "", "master", ...flags);
    }
    return world;
  }
  const KEYS: readonly Range[] = [
    [5536, 5536],
    [6252, 6252],
    [10_850, 10_850],
  ];

  test.each(["noaddr", "fail", "fail?"])("must get all its slots back before its old id (%s) is forgotten", (flag) => {
    const world = returned(KEYS, flag);
    const steps = world.plan();
    expect(steps[0]).toBe("put slots 5461-10921 back to redis-2, which has lost its nodes.conf");
    expect([...steps].join("; ")).not.toContain("gave");
    settle(world);
    expect(world.plan()).toEqual([]);
    const own = world.views()[1]?.nodes[0]?.slots ?? [];
    expect(formatRanges(toRanges(slotsIn(own).toSorted((a, b) => a - b)))).toBe("5461-10921");
  });

  test("must get the slots that it had, also where they were not those of an equal division", () => {
    const world = returned([[11_000, 11_000]], "noaddr");
    world.slots("redis-3", [12_000, 16_383]);
    world.slots("old-id", [5461, 11_999]);
    settle(world);
    const own = world.views()[1]?.nodes[0]?.slots ?? [];
    expect(formatRanges(toRanges(slotsIn(own).toSorted((a, b) => a - b)))).toBe("5461-11999");
  });

  test("must be finished by the next run if a run is killed after its first step", () => {
    const world = returned(KEYS, "noaddr");
    const formation = planFormation(world.views());
    if (formation.kind === "refused") expect.fail(formation.why);
    for (const step of formation.steps.slice(0, 1)) world.take(step);
    expect(world.plan()).not.toContain("put slots 5461-10921 back to redis-2, which has lost its nodes.conf");
    settle(world);
    expect(world.plan()).toEqual([]);
  });

  test("must be refused without keys, which it also is whose volume is missing", () => {
    expect(returned([], "noaddr").plan()).toMatch(/^slots 5461-10921 belong to the node old-id/);
  });

  test("must be refused as long as a living node answers for its slots", () => {
    const world = returned(KEYS);
    expect(world.plan()).toMatch(/^slots 5461-10921 belong to the node old-id/);
    // Its peers may not have missed it yet.
    expect(planFormation(world.views())).toMatchObject({ kind: "refused", mayPass: true });
    expect(planFormation(returned([], "noaddr").views())).not.toHaveProperty("mayPass");
  });

  test("must be refused where its keys are in slots of other nodes too", () => {
    expect(returned([...KEYS, [12, 12]], "noaddr").plan()).toMatch(/^slots 5461-10921 belong to the node old-id/);
  });
});

describe("a cluster must be refused", () => {
  test("when slots belong to a node that is not of this stack", () => {
    const world = new World(INSTANCES);
    world.own("stranger-of-old", [10_922, 16_383]);
    world.know("redis-1", "stranger-of-old", "10.0.0.9", "master", "fail");
    expect(world.plan()).toBe(
      "slots 10922-16383 belong to the node stranger at 10.0.0.9, which is no node of this stack, by redis-1",
    );
  });

  test("with a way to put the slots back that keeps all volumes", () => {
    const world = formed();
    world.slots("redis-1", [0, 999]);
    world.slots("stranger", [1000, 5460]);
    for (const name of INSTANCES) world.know(name, "stranger", "10.0.0.9", "master");
    const formation = planFormation(world.views());
    if (formation.kind !== "refused") expect.fail("it was not refused");
    expect(formation.fix).toContain("CLUSTER FORGET stranger");
    expect(formation.fix).not.toContain("destroy");
    for (const instance of INSTANCES) world.take({ kind: "forget", instance, id: "stranger", node: "the stranger" });
    expect(world.plan()).toEqual(["gave slots 1000-5460 to redis-1"]);
  });

  test("when two nodes claim the same slots", () => {
    const world = new World(INSTANCES);
    world.own("redis-1", [0, 100]);
    world.own("redis-3", [50, 70], [90, 200]);
    expect(world.plan()).toBe("slots 50-70, 90-100 are claimed by both redis-1 and redis-3");
  });

  test("when a node was added to slots that are all taken", () => {
    const world = new World(INSTANCES);
    world.own("redis-1", [0, 9000]);
    world.own("redis-2", [9001, 16_383]);
    expect(world.plan()).toContain("redis-3 would hold none");
  });
});

describe("slots", () => {
  test.for([1, 3, 4, 5, 6])("divided by %i nodes must be all, once, and in equal parts", (nodes) => {
    const ranges = equalRanges(nodes);
    expect(slotsIn(ranges)).toEqual(Array.from({ length: SLOTS }, (_, slot) => slot));
    const sizes = ranges.map(([first, last]) => last - first + 1);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test("as ranges must be the same slots", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { maxLength: 50 }), (slots) => {
        const sorted = slots.toSorted((a, b) => a - b);
        expect(slotsIn(toRanges(sorted))).toEqual(sorted);
      }),
    );
  });

  test("must be read from CLUSTER NODES, with host names, single slots and slots on the move", () => {
    const text = [
      "07c37dfe 172.20.0.3:6380@16379,127.0.0.1 master - 0 1426238317239 4 connected 5461-10922",
      "67ed2db8 :6379@16379,127.0.0.1 myself,master - 0 0 1 connected 0-5460 9000 [93-<-07c37dfe]",
      "abcdef00 fd00::3:6379@16379 handshake - 0 0 0 disconnected",
      "",
    ].join("\n");
    const nodes = parseNodes(text);
    expect(nodes.map(({ address }) => address)).toEqual(["172.20.0.3", "", "fd00::3"]);
    expect(nodes.map(({ slots }) => formatRanges(slots))).toEqual(["5461-10922", "0-5460, 9000", ""]);
    expect(nodes[1]?.flags).toEqual(["myself", "master"]);
  });
});
