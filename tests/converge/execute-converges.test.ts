import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planStack } from "../../stack/core/plan/plan.ts";
import { planText } from "../../stack/core/plan/plan-text.ts";
import { desiredOf } from "../support/core/stack.ts";
import { arbitraryProfile, arbitraryStart, worldOf } from "../support/fakes/arbitrary-world.ts";
import { carryOut } from "../support/fakes/executor.ts";

/** Each run carries out a whole plan, with a turn of the event loop for everything that happens. */
const RUNS = { numRuns: 300 };
const TEST_DEADLINE_MS = 60_000;

describe("from every world that a stack can be found in", () => {
  test(
    "carrying out the plan must leave nothing to do, and every service working",
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryStart, arbitraryProfile, async (start, profile) => {
          const world = worldOf(start);
          const desired = desiredOf(profile);
          await carryOut(world, desired);
          const second = planStack(desired, world.observe(desired));
          expect(second.actions, planText(second)).toEqual([]);
          expect([...(world.observe(desired).unready ?? [])]).toEqual([]);
        }),
        RUNS,
      );
    },
    TEST_DEADLINE_MS,
  );

  test(
    "no server must hold more than its limit on the way, no client must wait at the end, and every step must follow those before it",
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryStart, arbitraryProfile, async (start, profile) => {
          const world = worldOf(start);
          const desired = desiredOf(profile);
          const planned = planStack(desired, world.observe(desired)).actions;
          const done = new Set<string>();
          await carryOut(world, desired, {
            done: ({ id, after }) => {
              for (const before of after) expect(done, `before ${id}`).toContain(before);
              done.add(id);
            },
          });
          expect(done).toEqual(new Set(planned.map(({ id }) => id)));
          expect(world.killed).toEqual([]);
          expect([...world.drained]).toEqual([]);
        }),
        RUNS,
      );
    },
    TEST_DEADLINE_MS,
  );

  test(
    "a file that a person edited must be kept as a copy before it is written over",
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryStart, arbitraryProfile, async (start, profile) => {
          const world = worldOf(start);
          const desired = desiredOf(profile);
          const edited = [...world.observe(desired).files]
            .filter(([, found]) => found === "edited")
            .map(([path]) => path);
          const foreign = world.files.get("tuning.env") === "mine\n";
          await carryOut(world, desired);
          expect(new Set(world.copies)).toEqual(new Set(edited));
          if (foreign) expect(world.files.get("tuning.env")).toBe("mine\n");
        }),
      );
    },
    TEST_DEADLINE_MS,
  );
});
