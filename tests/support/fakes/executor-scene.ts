/** A stack that runs in memory, what happened to it, and the plan that is carried out. */
import { expect } from "vitest";
import { planStack } from "../../../stack/core/plan/plan.ts";
import type { Observed } from "../../../stack/core/plan/observed.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { desiredOf, profileOf } from "../core/stack.ts";
import { carryOut, type Controls } from "./executor.ts";
import { World } from "./world.ts";

/** A wait that went on to its deadline takes minutes; what ends at once takes milliseconds, on any machine. */
export const AT_ONCE_MS = 2_000;

export const three = profileOf({ services: { store: { nodes: 3 } } });
export const pooled = profileOf({ services: { store: {}, pool: { drains: true } } });

/** A world that runs `before` and was then changed, and the stack that is wanted. */
export function scene(
  profile: Profile,
  change: (world: World) => void = () => {},
  before = profile,
  seen: Pick<Observed, "hopeless"> = {},
) {
  const world = World.running(desiredOf(before));
  change(world);
  const desired = desiredOf(profile);
  return {
    world,
    run: (controls: Controls = {}) => carryOut(world, desired, controls),
    plan: () => planStack(desired, { ...world.observe(desired), ...seen }).actions,
    events: () => world.events.map(({ what }) => what),
  };
}

export const restarts =
  (...instances: readonly string[]) =>
  (world: World) => {
    for (const instance of instances) world.report(instance, "threads", { value: 7 });
  };

export const failure = async (work: Promise<unknown>): Promise<{ error: unknown; durationMs: number }> => {
  const startedAt = performance.now();
  try {
    await work;
  } catch (error) {
    return { error, durationMs: performance.now() - startedAt };
  }
  return expect.fail("it did not fail");
};

/** Most kinds that a plan can have, in one. */
export function everything() {
  const before = profileOf({ services: { store: { nodes: 4 }, pool: { drains: true } } });
  return scene(
    profileOf({ services: { store: { nodes: 3 }, pool: { drains: true } } }),
    (world) => {
      restarts("store-1")(world);
      world.change("store-1", { memoryLimit: mib(256), swapLimit: mib(256) });
      world.change("store-2", { image: "old:0" });
      world.change("store-3", { memoryLimit: gib(1), swapLimit: gib(1) });
      world.report("store-3", "timeout", { value: 6 });
      world.files.delete("tuning.env");
    },
    before,
  );
}
