import { describe, expect, test } from "vitest";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const desired = desiredOf(profileOf({ services: { redis: { nodes: 1 } } }), { registry });
const INSTANCE = desired.services[0]?.instances[0]?.name ?? "";
const CAUSE = "its append-only log is closed";

function planned(change: (world: World) => void) {
  const world = World.running(desired);
  world.unsaved.set(INSTANCE, CAUSE);
  change(world);
  return planStack(desired, world.observe(desired)).actions;
}

describe("data that a server holds in memory only", () => {
  test.each([
    ["restarts", "restart-container", (world: World) => world.report(INSTANCE, "io-threads", { value: 4 })],
    ["is made anew", "recreate-container", (world: World) => world.change(INSTANCE, { image: "redis:old" })],
  ] as const)("must be written before it %s", (_, kind, change) => {
    const [save, next] = planned(change);
    expect(save).toMatchObject({ kind: "save-data", instance: INSTANCE, cause: CAUSE });
    expect(next).toMatchObject({ kind, after: [save?.id] });
  });

  test("must stay there while it runs on", () => {
    const kinds = planned((world) => world.report(INSTANCE, "maxclients", { value: 7 })).map(({ kind }) => kind);
    expect(kinds).toEqual(["apply-settings"]);
    expect(planned(() => undefined)).toEqual([]);
  });

  test("are gone with a server that has ended", () => {
    const down = planned((world) => world.change(INSTANCE, { state: "exited", exitCode: 0 }));
    expect(down.map(({ kind }) => kind)).not.toContain("save-data");
  });
});
