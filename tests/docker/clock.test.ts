import { afterEach, expect, test } from "vitest";
import { openEngine } from "../../stack/docker/engine.ts";
import { DockerServer } from "../support/fakes/docker-server.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Asks an engine whose clock stands at this time. */
async function aheadOf(SystemTime: string | undefined): Promise<number | undefined> {
  const server = await DockerServer.create(SystemTime === undefined ? {} : { SystemTime });
  cleanups.push(() => server.remove());
  return (await openEngine(server.address)).clockAheadMs();
}

const MINUTE_MS = 60_000;

test("a clock that is an hour behind or ahead is told by its sign, whatever the request takes", async () => {
  const behind = await aheadOf(new Date(Date.now() - 60 * MINUTE_MS).toISOString());
  expect(behind).toBeLessThanOrEqual(-60 * MINUTE_MS);
  expect(behind).toBeGreaterThan(-70 * MINUTE_MS);
  const ahead = await aheadOf(new Date(Date.now() + 60 * MINUTE_MS).toISOString());
  expect(ahead).toBeGreaterThan(50 * MINUTE_MS);
  expect(ahead).toBeLessThanOrEqual(60 * MINUTE_MS);
});

test("an engine that does not say its time has no known clock", async () => {
  expect(await aheadOf(undefined)).toBeUndefined();
  expect(await aheadOf("soon")).toBeUndefined();
});
