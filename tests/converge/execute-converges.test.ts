import * as fc from "fast-check";
import { expect, test } from "vitest";
import { planStack } from "../../stack/core/plan/plan.ts";
import { planText } from "../../stack/core/plan/plan-text.ts";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { desiredOf } from "../support/core/stack.ts";
import { arbitraryProfile, arbitraryStart, worldOf } from "../support/fakes/arbitrary-world.ts";
import { carryOut } from "../support/fakes/executor.ts";
import type { World } from "../support/fakes/world.ts";

/** Each run carries out a whole plan, with a turn of the event loop for everything that happens. */
const RUNS = { numRuns: 200 };
const TEST_DEADLINE_MS = 180_000;

/** From every world that a stack can be found in. */
test(
  "carrying out a plan must leave nothing to do, keep every limit and order, and lose no edited file",
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryStart, arbitraryProfile, async (start, profile) => {
        const world = worldOf(start);
        const desired = desiredOf(profile);
        const observed = world.observe(desired);
        const planned = planStack(desired, observed).actions;
        const edited = [...observed.files].filter(([, found]) => found === "edited").map(([path]) => path);
        const foreign = world.files.get("tuning.env") === "mine\n";
        const done = new Set<string>();
        await carryOut(world, desired, {
          done: ({ id, after }) => {
            for (const before of after) expect(done, `before ${id}`).toContain(before);
            done.add(id);
          },
        });
        expect(done, "every step is done").toEqual(new Set(planned.map(({ id }) => id)));
        expect(world.killed, "no server holds more than its limit on the way").toEqual([]);
        expect([...world.drained], "no client waits at the end").toEqual([]);
        expect(new Set(world.copies), "every edited file is kept as a copy").toEqual(new Set(edited));
        if (foreign) expect(world.files.get("tuning.env")).toBe("mine\n");
        expectSettled(world, desired);
      }),
      RUNS,
    );
  },
  TEST_DEADLINE_MS,
);

/** Nothing is left to do, and every service works. */
function expectSettled(world: World, desired: Desired): void {
  const second = planStack(desired, world.observe(desired));
  expect(second.actions, planText(second)).toEqual([]);
  expect([...(world.observe(desired).unready ?? [])]).toEqual([]);
}
