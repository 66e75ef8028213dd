import { describe, expect, test } from "vitest";
import { planFormation } from "../../../../stack/services/redis/cluster/formation.ts";
import { formatRanges, slotsIn, toRanges, type Range } from "../../../../stack/services/redis/cluster/nodes.ts";
import { INSTANCES, settle, World } from "../../../support/fakes/redis-cluster.ts";

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
    expect(String(steps)).not.toContain("gave");
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
