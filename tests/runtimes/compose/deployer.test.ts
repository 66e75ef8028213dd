import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Deployer } from "../../../stack/core/machine/deployer.ts";
import { mib } from "../../../stack/core/units.ts";
import { composeDeployer, publishedHere } from "../../../stack/runtimes/compose/deployer.ts";
import { containerOf } from "../../support/report/fixtures.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";

/** A `docker` that writes down what it is asked for, and has version 2 of Compose. */
const DOCKER = `#!/bin/sh
[ "$2" = version ] && { echo 2.40.1; exit 0; }
echo "$DOCKER_HOST $*" >> "$CALLS"
echo "redis-1 | ready"
printf 'a warning \\033[31mof Compose\\n' >&2
`;

let folder = "";
let env: Record<string, string | undefined>;
const STACK = { stack: "shop", folder: "/srv/shop" };
const options = { signal: new AbortController().signal, timeoutMs: 10_000 };
const PROJECT = "compose -f /srv/shop/compose.yaml -p plumbline-shop";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-deployer-"));
  await writeFile(join(folder, "docker"), DOCKER);
  await chmod(join(folder, "docker"), 0o755);
  env = { PATH: `${folder}:/usr/bin:/bin`, CALLS: join(folder, "calls") };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const calls = async () => (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n");
const deployerOn = (engine: ReturnType<typeof fakeEngine>): Deployer =>
  composeDeployer({ runtime: "engine", engine: async () => engine, env });

test("containers are made by Compose, of the generated file and without what they require", async () => {
  const deployer = deployerOn(fakeEngine());
  await deployer.start(STACK, ["redis-1", "redis-2"], options);
  await deployer.replace(STACK, ["redis-1"], options);
  await deployer.unpause(STACK, "redis-2", options);
  expect(await calls()).toEqual(
    [
      `${PROJECT} up -d --no-deps --no-recreate redis-1 redis-2`,
      `${PROJECT} up -d --no-deps --force-recreate redis-1`,
      `${PROJECT} unpause redis-2`,
    ].map((call) => `unix:///nowhere/docker.sock ${call}`),
  );
});

test("the engine is asked for anew before each call: after a restart of its machine it may be another", async () => {
  const engines = [fakeEngine(), { ...fakeEngine(), address: "unix:///second/docker.sock" }];
  const deployer = composeDeployer({ runtime: "engine", engine: async () => engines.shift() ?? fakeEngine(), env });
  await deployer.start(STACK, ["redis-1"], options);
  await deployer.start(STACK, ["redis-1"], options);
  expect((await calls()).map((call) => call.split(" ")[0])).toEqual([
    "unix:///nowhere/docker.sock",
    "unix:///second/docker.sock",
  ]);
});

test("single containers are restarted, limited and removed by the engine", async () => {
  const container = containerOf("redis", { state: "running" });
  const engine = fakeEngine({ containers: [container] });
  const deployer = deployerOn(engine);
  await deployer.limits(container, { memory: mib(256), cpus: 0.5 });
  expect(engine.world.containers).toMatchObject([{ memoryLimit: mib(256), swapLimit: mib(256), cpuLimit: 0.5 }]);
  await deployer.restart(container, 10);
  expect(engine.world.restarted).toEqual(["redis"]);
  await deployer.remove(container);
  expect(engine.world).toMatchObject({ containers: [], stoppedGracefully: ["redis"] });
});

test("logs are what Compose prints, of the instances that are named", async () => {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const shown = { lines: 5, follow: false, coloured: false, output, errors, signal: options.signal };
  await deployerOn(fakeEngine()).showLogs(STACK, ["redis-1"], shown);
  output.end();
  errors.end();
  expect(await text(output)).toBe("redis-1 | ready\n");
  expect(await text(errors)).toBe("a warning \uFFFD[31mof Compose\n");
  expect(await calls()).toEqual([
    "unix:///nowhere/docker.sock compose --ansi never -p plumbline-shop logs --tail 5 redis-1",
  ]);
});

describe("Compose as its tool", () => {
  test("is told with its version where it is installed", async () => {
    const deployer = deployerOn(fakeEngine());
    expect(await deployer.isInstalled()).toBe(true);
    expect(await deployer.diagnose()).toEqual({ check: "compose", status: "ok", found: "Docker Compose 2.40.1" });
  });

  test("is a problem with a remedy where it is not", async () => {
    await rm(join(folder, "docker"));
    env = { ...env, PATH: folder };
    const deployer = deployerOn(fakeEngine());
    expect(await deployer.isInstalled()).toBe(false);
    expect(await deployer.diagnose()).toMatchObject({
      check: "compose",
      status: "problem",
      remedy: "`npm run up` installs it.",
    });
  });
});

test("ports are reached on this computer, where they are published", () => {
  expect(publishedHere("redis-1", 6379)).toEqual({ host: "127.0.0.1", port: 6379 });
});
