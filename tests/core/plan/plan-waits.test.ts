import { describe, expect, test } from "vitest";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { waitsFor } from "../../../stack/core/plan/waits.ts";
import { planned, withoutFiles } from "../../support/core/planned.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const three = profileOf({ services: { store: { nodes: 3 } } });
const pooled = profileOf({ services: { store: { nodes: 2 }, pool: { drains: true } } });
const restarts =
  (...instances: readonly string[]) =>
  (world: World) => {
    for (const instance of instances) world.report(instance, "threads", { value: 7 });
  };
const WHY = "threads is 7, wanted 2";
const text = (...lines: readonly string[]) => lines.join("\n");

/** The second of three servers does not answer, and a conf file of an instance is to be written. */
const muteAndWriting = (instance: string) => (world: World) => {
  world.mute.add("store-2");
  const path = [...world.files.keys()].find((each) => each.startsWith(`conf/${instance}/`)) ?? expect.fail();
  world.files.delete(path);
};

describe("restarts", () => {
  test("must come one after the other, each once the whole service works again", () => {
    expect(planned(three, restarts("store-1", "store-3"))).toBe(
      text(
        `  restart store-1 (its connections end): ${WHY}`,
        "    wait for store-1; prepare store; wait until store works: store-1 is restarted",
        `  restart store-3 (its connections end): ${WHY}`,
        "    wait for store-3; wait until store works: store-3 is restarted",
      ),
    );
  });

  test("must come after what is created in the same service, and that is waited for first", () => {
    const plan = planned(three, (world) => {
      restarts("store-1", "store-3")(world);
      world.containers.delete(world.find("store-2")?.id ?? "");
    });
    expect(plan).toBe(
      text(
        "  create store-2: no container of this name",
        "    wait for store-2; prepare store; wait until store works: store-2 is created",
        `  restart store-1 (its connections end): ${WHY}`,
        "    wait for store-1; wait until store works: store-1 is restarted",
        `  restart store-3 (its connections end): ${WHY}`,
        "    wait for store-3; wait until store works: store-3 is restarted",
      ),
    );
  });

  test("must drain what stands in front, each for as short as can be, and prove it at the end", () => {
    expect(planned(pooled, restarts("store-1", "store-2"))).toBe(
      text(
        "    drain pool: store-1 restarts",
        `  restart store-1 (clients of pool wait, its own connections end): ${WHY}`,
        "    wait for store-1; prepare store; wait until store works: store-1 is restarted",
        "    release pool: store works again",
        "    drain pool: store-2 restarts",
        `  restart store-2 (clients of pool wait, its own connections end): ${WHY}`,
        "    wait for store-2; wait until store works: store-2 is restarted",
        "    release pool: store works again",
        "    wait until pool works: what it requires was away",
      ),
    );
  });

  test("must drain no service that does not work: it may be drained still, by a run that was killed", () => {
    const plan = planned(pooled, (world) => {
      restarts("store-1")(world);
      world.drained.add("pool");
    });
    expect(plan).toBe(
      text(
        `  restart store-1 (its connections end): ${WHY}`,
        "    wait for store-1; prepare store; wait until store works: store-1 is restarted",
        "    prepare pool; wait until pool works: it does not work: the clients of pool wait",
      ),
    );
  });

  test("must be over before the service in front is itself made anew", () => {
    const plan = planned(pooled, (world) => {
      restarts("store-1")(world);
      world.change("pool", { identity: "old" });
    });
    expect(plan.split("\n").map((line) => line.split(":")[0]?.trim())).toEqual([
      "drain pool",
      "restart store-1 (clients of pool wait, its own connections end)",
      "wait for store-1; prepare store; wait until store works",
      "release pool",
      "recreate pool",
      "wait for pool; prepare pool; wait until pool works",
    ]);
  });
});

describe("a service that runs", () => {
  test("and lacks one-time steps must be prepared, with what it lacks as the reason", () => {
    const plan = planned(profileOf(), (world) => world.missing.set("store", ["create role app"]));
    expect(plan).toBe(
      text(
        "  prepare store: not done yet: create role app",
        "    wait until store works: it does not work: create role app is missing",
      ),
    );
  });

  test("and does not answer must be waited for, server first", () => {
    expect(planned(three, (world) => world.mute.add("store-2"))).toBe(
      text(
        "    wait for store-2: it does not answer: no answer",
        "    prepare store; wait until store works: it does not work: store-2 does not answer",
      ),
    );
  });

  test("and does not answer must be restarted where its own conf file is written, and not for another one's", () => {
    expect(planned(three, muteAndWriting("store-2"))).toMatch(
      /restart store-2 .*: it does not answer, and was started with another conf/,
    );
    expect(planned(three, muteAndWriting("store-1"))).not.toContain("restart");
  });

  test("and does not work for a setting of its own must get its settings before it is waited for", () => {
    const desired = desiredOf(profileOf());
    const world = World.running(desired);
    world.report("store-1", "timeout", { value: 0 });
    const unready = new Map([["store", "every request times out"]]);
    const { actions } = planStack(desired, { ...world.observe(desired), unready });
    expect(actions.map(({ id }) => id)).toEqual(["apply live to store-1", "prepare store", "await store"]);
  });

  test("must be waited for once what it requires was away", () => {
    const both = profileOf({ services: { store: {}, pool: {} } });
    const plan = planned(both, (world) => world.change("store-1", { identity: "old" }));
    expect(plan).toMatch(/\n {4}wait until pool works: what it requires was away$/);
  });

  test("must be left alone while another comes", () => {
    const before = profileOf({ services: { store: {} } });
    const after = profileOf({ services: { store: {}, pool: {} } });
    expect(withoutFiles(planned(after, (world) => world.missing.clear(), { before }))).not.toMatch(/wait until store/);
  });
});

/** What every step comes after, by id. */
function after(profile = three, change: (world: World) => void = () => {}, before = profile) {
  const world = World.running(desiredOf(before));
  change(world);
  const desired = desiredOf(profile);
  return new Map(planStack(desired, world.observe(desired)).actions.map((step) => [step.id, step.after]));
}

describe("what a step comes after", () => {
  test("must be every file, for a container that is created", () => {
    const steps = after(three, () => {}, profileOf({ services: { store: { nodes: 2 } } }));
    const files = [...steps.keys()].filter((id) => id.startsWith("write "));
    expect(files.length).toBeGreaterThan(2);
    expect(steps.get("create store-3")).toEqual(files);
  });

  test("must be the containers that go, for limits that grow and for containers that come", () => {
    const steps = after(
      profileOf(),
      (world) => {
        world.change("store-1", { cpuLimit: 1 });
      },
      three,
    );
    expect(steps.get("raise limits of store-1")).toEqual(expect.arrayContaining([expect.stringMatching(/^remove /)]));
  });

  test("must be the live settings and the service that works, for limits that shrink", () => {
    const steps = after(profileOf(), (world) => {
      world.report("store-1", "cache", { value: 8192 });
      world.change("store-1", { cpuLimit: 4 });
      world.missing.set("store", ["create role app"]);
    });
    expect(steps.get("lower limits of store-1")).toEqual(["apply live to store-1", "await store"]);
    expect(steps.get("prepare store")).toEqual(["apply live to store-1"]);
  });
});

test("waits alone must cover every instance, its one-time steps and the whole service", () => {
  expect(waitsFor(desiredOf(pooled).services).map(({ id, after }) => [id, after])).toEqual([
    ["await answer of store-1", []],
    ["await answer of store-2", []],
    ["prepare store", ["await answer of store-1", "await answer of store-2"]],
    ["await store", ["prepare store"]],
    ["await answer of pool", []],
    ["prepare pool", ["await answer of pool"]],
    ["await pool", ["prepare pool"]],
  ]);
});
