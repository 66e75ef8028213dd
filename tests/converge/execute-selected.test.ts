import { expect, test } from "vitest";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { carryOut } from "../support/fakes/executor.ts";
import { World } from "../support/fakes/world.ts";

const whole = desiredOf(profileOf({ services: { pool: {}, store: {} } }));
const storeOnly: Desired = {
  ...whole,
  services: whole.services.map((service) => ({ ...service, selected: service.name === "store" })),
};

test("a container of a service that the command does not concern may have exited: it ends nothing", async () => {
  const world = World.running(whole);
  world.change("pool", { state: "exited", exitCode: 1 });
  world.containers.delete(world.find("store-1")?.id ?? "");
  await carryOut(world, storeOnly);
  expect(world.find("store-1")?.state).toBe("running");
  expect(world.find("pool")?.state).toBe("exited");
});
