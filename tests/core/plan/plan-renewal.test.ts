import { describe, expect, test } from "vitest";
import type { Observed } from "../../../stack/core/plan/observed.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const VOLUME = "plumbline-store-1-data";
const RENEWED = [
  `  remove the unfinished ${VOLUME}: its first start ended before the server had answered once, and left files that no server starts with`,
  "  create store-1: its volume is made anew",
  "    wait for store-1; prepare store; wait until store works: store-1 is created",
].join("\n");

const hopeless = { hopeless: new Map([["store-1", [VOLUME]]]) };

function planned(change: (world: World) => void, seen: Partial<Observed>): string {
  const desired = desiredOf(profileOf());
  const world = World.running(desired);
  change(world);
  return planText(planStack(desired, { ...world.observe(desired), ...seen }));
}

describe("a volume whose first start was seen to be hopeless", () => {
  test.each(["exited", "created", "dead"] as const)("must be made anew if its container is %s", (state) => {
    expect(planned((world) => world.change("store-1", { state }), hopeless)).toBe(RENEWED);
  });

  test("must be made anew if its container is gone", () => {
    const plan = planned((world) => world.containers.clear(), hopeless);
    expect(plan).toBe(RENEWED);
  });
});

describe("any other volume", () => {
  test("must never be removed, whatever has become of its container and its server", () => {
    for (const state of ["exited", "created", "dead", "running", "restarting", "paused"] as const) {
      const plan = planned((world) => world.change("store-1", { state }), {});
      expect(plan).not.toContain("unfinished");
    }
    expect(planned((world) => world.containers.clear(), {})).not.toContain("unfinished");
  });
});
