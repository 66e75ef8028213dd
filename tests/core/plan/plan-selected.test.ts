import { describe, expect, test } from "vitest";
import type { Desired } from "../../../stack/core/desire/desire.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { bytes } from "../../../stack/core/units.ts";
import { World } from "../../support/fakes/world.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";

const plain = desiredOf(profileOf({ services: { pool: {}, store: {} } }));

/** The pool can make its clients wait while the store restarts. */
const whole: Desired = {
  ...plain,
  services: plain.services.map((service) =>
    service.name === "pool" ? { ...service, definition: { ...service.definition, drainsClients: true } } : service,
  ),
};

/** The same stack, of which the command concerns one service. */
const only = (name: string): Desired => ({
  ...whole,
  services: whole.services.map((service) => ({ ...service, selected: service.name === name })),
});

function planOf(name: string, change: (world: World) => void): string {
  const world = World.running(whole);
  change(world);
  const desired = only(name);
  return planText(planStack(desired, world.observe(desired)));
}

const withOtherThreads = (world: World) => world.report("store-1", "threads", { value: 99 });

const withBrokenPool = (world: World) => world.change("pool", { state: "exited", exitCode: 1, memoryLimit: bytes(1) });

describe("a service that the command does not concern", () => {
  test("must be left alone, whatever is wrong with it", () => {
    expect(planOf("store", withBrokenPool)).toBe("  nothing to do");
    expect(planOf("pool", withBrokenPool)).not.toBe("  nothing to do");
  });

  test("must not be created", () => {
    expect(planOf("store", (world) => world.containers.clear())).toBe(
      [
        "  create store-1: no container of this name",
        "    wait for store-1; prepare store; wait until store works: store-1 is created",
      ].join("\n"),
    );
  });

  test("must not be asked to hold its clients", () => {
    expect(planOf("store", withOtherThreads)).toMatch(/^ {2}restart store-1 \(its connections end\)/);
    const world = World.running(whole);
    withOtherThreads(world);
    expect(planText(planStack(whole, world.observe(whole)))).toContain("clients of pool wait");
  });
});
