import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired } from "../../../stack/core/desire/desire.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import { desiredOf } from "../../support/core/stack.ts";
import { arbitraryProfile, arbitraryStart, worldOf } from "../../support/fakes/arbitrary-world.ts";
import type { World } from "../../support/fakes/world.ts";

const plan = (world: World, desired: Desired) => planStack(desired, world.observe(desired));

describe("the plan of every world that a stack can be found in", () => {
  test("must be the same however often it is made: planning changes nothing", () => {
    fc.assert(
      fc.property(arbitraryStart, arbitraryProfile, (start, profile) => {
        const world = worldOf(start);
        const desired = desiredOf(profile);
        expect(planText(plan(world, desired))).toBe(planText(plan(world, desired)));
      }),
    );
  });

  test("must say of every action why", () => {
    fc.assert(
      fc.property(arbitraryStart, arbitraryProfile, (start, profile) => {
        const world = worldOf(start);
        for (const { cause } of plan(world, desiredOf(profile)).actions) expect(cause).toMatch(/\S{2}/);
      }),
    );
  });

  test("must be in an order in which it can be done: every step stands behind those that it comes after", () => {
    fc.assert(
      fc.property(arbitraryStart, arbitraryProfile, (start, profile) => {
        const world = worldOf(start);
        const seen = new Set<string>();
        for (const { id, after } of plan(world, desiredOf(profile)).actions) {
          expect(seen, "an id of its own").not.toContain(id);
          for (const before of after) expect(seen, `before ${id}`).toContain(before);
          seen.add(id);
        }
      }),
    );
  });

  test("must wait for every service of which something is started or restarted, and release what it drains", () => {
    fc.assert(
      fc.property(arbitraryStart, arbitraryProfile, (start, profile) => {
        const world = worldOf(start);
        const { actions } = plan(world, desiredOf(profile));
        const awaited = actions.flatMap((step) => (step.kind === "await-service" ? [step.service] : []));
        for (const step of actions) {
          if (/^(create|recreate|start|restart)-container$/.test(step.kind) && "service" in step)
            expect(awaited).toContain(step.service);
          if (step.kind === "drain")
            expect(actions).toContainEqual(
              expect.objectContaining({ kind: "release", service: step.service, around: step.around }),
            );
        }
      }),
    );
  });
});
