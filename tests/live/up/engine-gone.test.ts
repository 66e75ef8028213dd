import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDyingEngine, type EngineProxy } from "../../support/live/engine-proxy.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

await describeStack("up with an engine that stops answering", () => {
  let stack: Stack;
  let engine: EngineProxy | undefined;
  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
  });
  afterEach(() => engine?.close());
  afterAll(() => stack.close());

  test.each([
    ["while images are looked for", [/^GET \S*\/images\/json/]],
    ["while a container is made", [/^POST \S*\/containers\/create/]],
    ["while a container is started", [/^POST \S*\/containers\/\w+\/start/]],
    ["while services are waited for", [/^POST \S*\/containers\/\w+\/start/, /^GET \S*\/containers\/json/]],
  ])("%s: says so, does not hang, and the next up continues", async (_, moments) => {
    engine = await openDyingEngine(moments);
    const error = await stack.upFails([], { DOCKER_HOST: engine.address });
    expect(engine.isGone()).toBe(true);
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE", exitCode: 1, processExitCode: 1 });
    expect(error.why).toContain(engine.address);
    expect(error.fix).toMatch(/start it/i);
    expect(await stack.traces()).not.toContain("file lock");

    const document = await stack.up();
    expect(document.proof.containers).toBe(1);
    expect((await stack.up()).plan).toEqual([]);
    await stack.container("redis-1").remove({ force: true });
  });
});
