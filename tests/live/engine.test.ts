import { spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../stack/core/machine/engine.ts";
import { stackOf } from "../../stack/core/stack-names.ts";
import { mib } from "../../stack/core/units.ts";
import { realHost } from "../../stack/host/host.ts";
import { openCompose, type Compose } from "../../stack/docker/compose.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { engineAddresses } from "../../stack/docker/address.ts";
import { importTinyImage } from "../support/images/tiny-image.ts";
import { until } from "../support/live/until.ts";

const PREFIX = `plumbline-test-engine-${process.pid}`;
const STACK = `${PREFIX}-stack`;
const [found] = await engineAddresses(realHost());
const tiny = found?.address.startsWith("unix://") ? importTinyImage(`${PREFIX}:tiny`) : { reason: "no local engine" };
if ("reason" in tiny) process.stderr.write(`engine.test.ts is skipped: ${tiny.reason}\n`);
const address = found?.address ?? "";
const image = "image" in tiny ? tiny.image : "";

describe.skipIf("reason" in tiny)("a real engine", () => {
  let engine: Engine;
  let id = "";
  beforeAll(async () => {
    engine = await openEngine(address);
    id = startContainer(["sh", "-c", "echo one; echo two >&2; echo three; exec sleep 600"]);
  });
  afterAll(() => {
    docker("rm", "-f", `${PREFIX}-main`);
    docker("rmi", image);
  });

  test("says what machine it runs on", async () => {
    const facts = await engine.facts();
    expect(facts.cpus).toBe(Number(docker("info", "--format", "{{.NCPU}}")));
    expect(facts.engineVersion).toBe(docker("version", "--format", "{{.Server.Version}}").trim());
    expect(facts.disk ?? 0).toBeGreaterThan(facts.diskFree ?? 0);
  });

  test("tells a stack's containers by their labels, with limits, ports and addresses", async () => {
    const [container, ...others] = await engine.containers(STACK);
    expect(others).toEqual([]);
    expect(container).toMatchObject({
      id,
      service: "alpha",
      instance: "alpha-1",
      identity: "1234abcd",
      state: "running",
      outOfMemory: false,
      image,
      memoryLimit: mib(64),
      swapLimit: mib(64),
      cpuLimit: 0.5,
      ports: [{ container: 80, address: "127.0.0.1" }],
    });
    expect(container?.ports[0]?.host).toBeGreaterThan(1023);
    expect(Object.values(container?.networks ?? {})[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await engine.containers(`${STACK}-other`)).toEqual([]);
  });

  test("gives the last lines of a log, of both streams", async () => {
    expect((await engine.logs(id, 10)).toSorted()).toEqual(["one", "three", "two"]);
    expect(await engine.logs(id, 1)).toHaveLength(1);
  });

  test("runs commands inside: exit code, both streams, stdin, user", async () => {
    const argv = ["sh", "-c", "echo out; echo err >&2; exit 7"];
    expect(await engine.exec(id, argv)).toEqual({ exitCode: 7, stdout: "out\n", stderr: "err\n" });
    const stdin = "line\n".repeat(100_000); // more than every buffer between here and there
    expect((await engine.exec(id, ["cat"], { stdin })).stdout).toBe(stdin);
    expect((await engine.exec(id, ["id", "-u"], { user: "65534" })).stdout).toBe("65534\n");
  });

  test("a command inside that does not end is SERVICE_NOT_READY after its deadline", async () => {
    await expect(engine.exec(id, ["sleep", "60"], { timeoutMs: 300 })).rejects.toMatchObject({
      code: "SERVICE_NOT_READY",
      why: "it did not end within 0.3 s",
    });
  });

  test("a command inside that reads its stdin to the end learns that its caller went away", async () => {
    const controller = new AbortController();
    const watching = "echo there >/caller; cat >/dev/null; echo gone >/caller";
    const running = engine.exec(id, ["sh", "-c", watching], { signal: controller.signal });
    const caller = async () => (await engine.exec(id, ["cat", "/caller"])).stdout.trim();
    await until("the command runs", async () => (await caller()) === "there");
    controller.abort(new Error("left"));
    await expect(running).rejects.toThrow("left");
    await until("the command noticed", async () => (await caller()) === "gone");
    const ended = engine.exec(id, ["sh", "-c", "read -r line; echo $line"], {
      stdin: "one\n",
      signal: new AbortController().signal,
    });
    expect((await ended).stdout).toBe("one\n");
  });

  test("limits that are changed are those of the kernel at once, growing and shrinking", async () => {
    expect(await engine.effectiveLimits(id)).toEqual({ memory: mib(64), cpus: 0.5 });
    for (const share of [
      { memory: mib(128), cpus: 1.25 },
      { memory: mib(32), cpus: 0.25 },
    ]) {
      await engine.updateLimits(id, share);
      expect(await engine.effectiveLimits(id)).toEqual(share);
      expect(await engine.containers(STACK)).toMatchObject([{ memoryLimit: share.memory, cpuLimit: share.cpus }]);
    }
  });

  test("a container without limits is told as one", async () => {
    const free = docker("run", "-d", "--rm", "--name", `${PREFIX}-free`, image, "sleep", "600").trim();
    const limits = await engine.effectiveLimits(free);
    await engine.remove(free);
    expect(limits).toEqual({ memory: Number.POSITIVE_INFINITY, cpus: Number.POSITIVE_INFINITY });
  });

  test("a restart keeps the container, and one that exited says how", async () => {
    const before = (await engine.containers(STACK))[0]?.startedAt;
    await engine.restart(id, 0);
    const [container] = await engine.containers(STACK);
    expect(container).toMatchObject({ id, state: "running" });
    expect(container?.startedAt).not.toBe(before);
    docker("kill", id);
    expect(await engine.containers(STACK)).toMatchObject([{ state: "exited", exitCode: 137 }]);
    await expect(engine.exec(id, ["true"])).rejects.toMatchObject({ code: "SERVICE_EXITED" });
    docker("start", id);
  });

  test("removing is done once, and asking again is no error", async () => {
    const gone = docker("run", "-d", "--name", `${PREFIX}-gone`, image, "sleep", "600").trim();
    await engine.remove(gone);
    await engine.remove(gone);
    await expect(engine.logs(gone, 1)).rejects.toMatchObject({ code: "SERVICE_EXITED" });
  });

  test("an engine that vanishes in the middle of a command is ENGINE_UNREACHABLE", async () => {
    const proxy = await openProxy(address);
    const through = await openEngine(proxy.address);
    const asked = through.exec(id, ["sleep", "30"]);
    const outcome = expect(asked).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await proxy.waitForUpgrade();
    await proxy.close();
    await outcome;
    await expect(through.containers(STACK)).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      fix: containing("start it"),
    });
  });
});

describe.skipIf("reason" in tiny)("docker compose", () => {
  let engine: Engine;
  let compose: Compose;
  let folder = "";
  const project = `${PREFIX}-compose`;
  beforeAll(async () => {
    importTinyImage(image);
    engine = await openEngine(address);
    compose = openCompose(engine, process.env);
    folder = await mkdtemp(join(tmpdir(), "plumbline-compose-"));
    const text = JSON.stringify({ services: { alpha: { image, command: ["sleep", "600"], volumes: ["data:/data"] } } });
    await writeFile(join(folder, "compose.yaml"), text.replace(/}$/, ',"volumes":{"data":{}}}'));
  });
  afterEach(() => spawnSync("docker", ["rm", "-f", `${project}-alpha-1`], { stdio: "ignore" }));
  afterAll(async () => {
    docker("volume", "rm", "-f", `${project}_data`);
    docker("network", "rm", `${project}_default`);
    docker("rmi", "-f", image);
    await rm(folder, { recursive: true, force: true });
  });

  test("brings a project up, whatever the environment says of other engines and files", async (context) => {
    if ((await compose.version()) === undefined) context.skip("Docker Compose 2 is not installed");
    const env = {
      ...process.env,
      DOCKER_CONTEXT: "elsewhere",
      COMPOSE_FILE: "/nonexistent",
      COMPOSE_PROJECT_NAME: "x",
    };
    const lines: string[] = [];
    await openCompose(await openEngine(address, env), env).run(args("up", "-d"), {
      timeoutMs: 60_000,
      line: (line) => lines.push(line),
    });
    expect(lines.join("\n")).toMatch(/Started/);
    // Plumbline made none of it: without its labels and names it is a person's.
    expect(await engine.containers(project)).toEqual([]);
    expect([await engine.volumes(project), await engine.networks(project)]).toEqual([[], []]);
    expect(await engine.guests(project)).toEqual({
      containers: [{ name: `${project}-alpha-1`, networks: [`${project}_default`] }],
      volumes: [`${project}_data`],
      networks: [`${project}_default`],
    });
  });

  test("what Compose refuses is COMPOSE_FAILED with its last lines", async (context) => {
    if ((await compose.version()) === undefined) context.skip("Docker Compose 2 is not installed");
    const refused = compose.run(["-f", "/nonexistent.yaml", "up"], { timeoutMs: 30_000 });
    await expect(refused).rejects.toMatchObject({
      code: "COMPOSE_FAILED",
      what: "docker compose up failed",
      why: containing("no such file"),
    });
  });

  test("at its deadline and on an interruption it is ended", async (context) => {
    if ((await compose.version()) === undefined) context.skip("Docker Compose 2 is not installed");
    await expect(compose.run(args("up"), { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: "COMPOSE_FAILED",
      why: containing("did not end within 2 s"),
    });
    const signal = AbortSignal.timeout(1_000);
    const interrupted = compose.run(args("up"), { timeoutMs: 60_000, signal });
    await expect(interrupted).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  test("an engine that is gone is the reason that is told", async (context) => {
    if ((await compose.version()) === undefined) context.skip("Docker Compose 2 is not installed");
    const proxy = await openProxy(address);
    const through = await openEngine(proxy.address);
    await proxy.close();
    const failed = openCompose(through, process.env).run(args("up", "-d"), { timeoutMs: 30_000 });
    await expect(failed).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  function args(...rest: readonly string[]): readonly string[] {
    return ["-p", project, "-f", join(folder, "compose.yaml"), ...rest];
  }
});

function startContainer(command: readonly string[]): string {
  const labels = [
    `com.docker.compose.project=${STACK}`,
    `plumbline.stack=${stackOf(STACK)}`,
    "plumbline.service=alpha",
    "plumbline.instance=alpha-1",
    "plumbline.identity=1234abcd",
  ].flatMap((label) => ["--label", label]);
  const limits = ["--cpus", "0.5", "--memory", "64m", "--memory-swap", "64m", "--publish", "127.0.0.1:0:80"];
  return docker("run", "-d", "--name", `${PREFIX}-main`, ...limits, ...labels, image, ...command).trim();
}

function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  return stdout;
}

interface Proxy {
  readonly address: string;
  /** Resolves when a command's connection has been taken over. */
  readonly waitForUpgrade: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** A socket of our own in front of the engine's: closing it is as if the engine had been killed. */
async function openProxy(target: string): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), "pe-"));
  const path = join(folder, "docker.sock");
  const open = new Set<Socket>();
  const events = new EventEmitter();
  const upgrade = once(events, "upgraded");
  const server: Server = createServer((client) => {
    const engine = connect(target.replace("unix://", ""));
    for (const socket of [client, engine]) open.add(socket.on("error", () => {}));
    engine.on("data", (chunk) => {
      if (chunk.includes("101 UPGRADED")) events.emit("upgraded");
    });
    client.pipe(engine).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return {
    address: `unix://${path}`,
    waitForUpgrade: () => upgrade,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function containing(part: string): unknown {
  return expect.stringContaining(part);
}
