import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { examine } from "../../../stack/commands/doctor/index.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";

const TIMEOUT_MS = 60_000;

let engine: DockerServer;
beforeEach(async () => {
  engine = await DockerServer.create();
  vi.stubEnv("DOCKER_HOST", engine.address);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await engine.remove();
});

describe("an interrupted doctor", { timeout: TIMEOUT_MS }, () => {
  test.each([true, false])("leaves the engine that it waits for (fix: %j)", async (fix) => {
    engine.silent = true;
    const { signal, abort } = controller();
    const options = { stack: "never-was", profile: "minimal", runtime: "engine", signal };
    const examined = examine(options, { fix, signal });
    await Promise.race([expect.poll(() => engine.held, { timeout: TIMEOUT_MS }).toBe(true), examined]);
    abort();
    await expect(examined).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

function controller() {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
