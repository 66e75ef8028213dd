import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planFormation } from "../../../../stack/services/redis/cluster/formation.ts";
import { formed, INSTANCES, settle, World } from "../../../support/fakes/redis-cluster.ts";
import {
  equalRanges,
  formatRanges,
  parseNodes,
  SLOTS,
  slotsIn,
  toRanges,
} from "../../../../stack/services/redis/cluster/nodes.ts";

function slotsOf(world: World) {
  return world.views().map(({ nodes }) => nodes[0]?.slots);
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
        expect(slotsOf(world)).toEqual(slotsOf(formed()));
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
