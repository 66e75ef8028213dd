import { execa } from "execa";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { errorDocument, statusDocument } from "../../stack/report/documents/documents.ts";
import { DockerServer } from "../support/fakes/docker-server.ts";
import { FakeColima } from "../support/fake-colima/fake.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const TIMEOUT_MS = 60_000;
const NEVER = ["--stack", "never-was", "--profile", "minimal", "--json"] as const;
const DEAD = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function run(env: Readonly<Record<string, string>>, command: string, ...args: readonly string[]) {
  return execa("node", ["scripts/bootstrap.mjs", `scripts/${command}.ts`, ...NEVER, ...args], {
    cwd: PROJECT,
    env,
    reject: false,
    stdin: "ignore",
    timeout: TIMEOUT_MS,
  });
}

describe("an engine that cannot be asked", { timeout: TIMEOUT_MS }, () => {
  test.for<readonly [env: Readonly<Record<string, string>>, reason: string]>([
    [DEAD, "unix:///nonexistent/docker.sock: ENOENT"],
    [{ DOCKER_CONTEXT: "gone", DOCKER_HOST: "" }, "there is no Docker context gone (DOCKER_CONTEXT)"],
    [{ DOCKER_HOST: "tcp://10.0.0.7:2376" }, "tcp://10.0.0.7:2376"],
  ])("leaves the status unknown with %j", async ([env, reason]) => {
    const { exitCode, stdout } = await run(env, "status", "--runtime", "engine");
    const status = statusDocument.parse(JSON.parse(stdout));
    expect([exitCode, status.state]).toEqual([1, "unknown"]);
    expect(status.reason).toContain(reason);
  });

  test.for([["down"], ["destroy", "--yes"], ["logs"], ["verify"], ["plan"], ["bench"]])(
    "is the error of %j, which does not say that nothing is there",
    async ([command = "", ...args]) => {
      const { exitCode, stdout } = await run(DEAD, command, "--runtime", "engine", ...args);
      const { error } = errorDocument.parse(JSON.parse(stdout));
      expect([exitCode, error.code]).toEqual([1, "NO_RUNTIME"]);
      expect(error.why).toContain("unix:///nonexistent/docker.sock");
    },
  );

  test("is not made up for by another runtime that has no machine", async () => {
    const colima = await FakeColima.create();
    cleanups.push(() => colima.remove());
    const env = { ...colima.env, ...DEAD };
    const status = await run(env, "status");
    expect([status.exitCode, statusDocument.parse(JSON.parse(status.stdout)).state]).toEqual([1, "unknown"]);
    for (const [command, ...args] of [["down"], ["logs"], ["destroy", "--yes"]] as const) {
      const { exitCode, stdout } = await run(env, command, ...args);
      expect([command, exitCode, errorDocument.parse(JSON.parse(stdout)).error.code]).toEqual([
        command,
        1,
        "NO_RUNTIME",
      ]);
    }
  });
});

test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends a command that only looks at once, whatever it waits for",
  { timeout: TIMEOUT_MS },
  async (signal) => {
    const engine = await DockerServer.create();
    cleanups.push(() => engine.remove());
    engine.silent = true;
    const running = run({ DOCKER_HOST: engine.address }, "status", "--runtime", "engine");
    await expect.poll(() => engine.asked, { timeout: TIMEOUT_MS }).toBe(true);
    const startedAt = performance.now();
    running.kill(signal);
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe("INTERRUPTED");
    expect(performance.now() - startedAt).toBeLessThan(3_000); // the engine is given 5 s to answer
  },
);
