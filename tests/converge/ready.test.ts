import { expect, test } from "vitest";
import { stackFolder } from "../../stack/records/folder.ts";
import { notReady } from "../../stack/converge/ready.ts";
import { readCredentials } from "../../stack/records/secrets.ts";
import { containerOf, smallStack } from "../support/report/fixtures.ts";
import { fakeEngine } from "../support/fakes/engine.ts";

test("a service whose server is down is not asked until the deadline: what it needs is the reason", async () => {
  const { services } = await smallStack();
  const definitions = services.map(({ definition }) => definition);
  const { credentials } = await readCredentials("/nonexistent", definitions);
  const world = { engine: fakeEngine(), folder: stackFolder("test", "/nonexistent"), credentials, files: new Map() };
  const containers = [
    containerOf("postgres", { state: "exited", exitCode: 0 }),
    containerOf("pgbouncer"),
    containerOf("redis", { instance: "redis-1", state: "paused" }),
  ];
  expect(Object.fromEntries(await notReady(world, services, containers))).toEqual({
    postgres: "postgres does not run",
    pgbouncer: "it needs postgres, which does not run",
    redis: "redis-1 does not run",
  });
});
