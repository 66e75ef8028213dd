import { describe, expect, test } from "vitest";
import { askServices } from "../../stack/converge/ready.ts";
import { readCredentials } from "../../stack/records/secrets.ts";
import { containerOf, smallStack } from "../support/report/fixtures.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { fakeRuntime } from "../support/fakes/runtime.ts";
import { desiredOf, fakeStore, profileOf } from "../support/core/stack.ts";
import { withClients } from "../support/fakes/executor.ts";
import { World } from "../support/fakes/world.ts";

test("a service whose server is down is not asked until the deadline: what it needs is the reason", async () => {
  const { services } = await smallStack();
  const definitions = services.map(({ definition }) => definition);
  const { credentials } = await readCredentials("/nonexistent", definitions);
  const engine = fakeEngine();
  const world = { engine, runtime: fakeRuntime(engine), credentials };
  const containers = [
    containerOf("postgres", { state: "exited", exitCode: 0 }),
    containerOf("pgbouncer"),
    containerOf("redis", { instance: "redis-1", state: "paused" }),
  ];
  const { unready } = await askServices(world, services, containers);
  expect(Object.fromEntries(unready)).toEqual({
    postgres: "postgres does not run",
    pgbouncer: "it needs postgres, which does not run",
    redis: "redis-1 does not run",
  });
});

describe("a service that lacks one-time steps", () => {
  test("must name them, and need not answer before they are taken", async () => {
    const { missing, unready, durationMs } = await asked((world) => {
      world.missing.set("store", ["create role app"]);
      world.intercept = () => new Promise(() => undefined); // its clients hang
    });
    expect([...missing]).toEqual([["store", ["create role app"]]]);
    expect([...unready.keys()]).toEqual(["store"]);
    expect(durationMs).toBeLessThan(5_000); // a service that lacks nothing has longer to answer
  });

  test("must name none where it has them all and works", async () => {
    const { missing, unready } = await asked(() => {});
    expect([missing.size, unready.size]).toEqual([0, 0]);
  });
});

async function asked(change: (world: World) => void) {
  const desired = desiredOf(profileOf());
  const world = World.running(desired);
  change(world);
  const engine = fakeEngine();
  const reach = { engine, runtime: fakeRuntime(engine), credentials: fakeStore("secret") };
  const startedAt = performance.now();
  const answers = await askServices(reach, withClients(world, desired).services, [...world.containers.values()]);
  return { ...answers, durationMs: performance.now() - startedAt };
}
