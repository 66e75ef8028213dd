import { afterEach, describe, expect, test } from "vitest";
import { realHost } from "../../../stack/host/host.ts";
import { chooseRuntime } from "../../../stack/runtimes/index.ts";
import { openEngine } from "../../../stack/docker/engine.ts";
import { engineRuntime } from "../../../stack/runtimes/engine/runtime.ts";
import { FakeColima } from "../../support/fake-colima/fake.ts";
import { colimaHost } from "../../support/colima/host.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function fakeEngine(info?: Readonly<Record<string, unknown>>): Promise<DockerServer> {
  const engine = await DockerServer.create(info);
  cleanups.push(() => engine.remove());
  return engine;
}

async function fakeColima(): Promise<FakeColima> {
  const fake = await FakeColima.create();
  cleanups.push(() => fake.remove());
  return fake;
}

/** Sockets that nobody listens on lie in the user's folder. */
async function deadSockets(path: string): Promise<"socket" | "absent"> {
  return path.startsWith("/nonexistent") ? "socket" : "absent";
}

function hostWith(env: Readonly<Record<string, string>>) {
  return realHost({ PATH: process.env["PATH"], HOME: "/nonexistent", ...env });
}

describe("an engine that is lost", () => {
  test("nothing behind the address is ENGINE_UNREACHABLE: what, why, how to fix", async () => {
    await expect(openEngine("unix:///nonexistent/docker.sock")).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      what: "Could not reach the engine",
      why: "unix:///nonexistent/docker.sock: ENOENT: there is no such socket",
      fix: containing("start it"),
    });
    await expect(openEngine("tcp://127.0.0.1:1")).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await expect(openEngine("carrier-pigeon://x")).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  test("an engine that stops between two calls is ENGINE_UNREACHABLE, and usable again when it is back", async () => {
    const fake = await fakeEngine();
    const engine = await openEngine(fake.address);
    await fake.stop();
    await expect(engine.containers("shop")).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await expect(engine.facts()).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await fake.listen();
    expect(await engine.containers("shop")).toEqual([]);
  });

  test("an engine that stops in the middle of a call is ENGINE_UNREACHABLE at once", async () => {
    const fake = await fakeEngine();
    const engine = await openEngine(fake.address);
    fake.silent = true;
    const asked = engine.volumes("shop");
    const outcome = expect(asked).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE", what: containing("volumes") });
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    await fake.stop();
    await outcome;
    await fake.listen();
  });

  test("an engine that takes requests and never answers is ENGINE_UNREACHABLE after the deadline", async () => {
    const fake = await fakeEngine();
    fake.silent = true;
    await expect(openEngine(fake.address)).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      why: containing("no answer within"),
    });
  }, 20_000);

  test("something that the engine does not know is no lost connection", async () => {
    const engine = await openEngine((await fakeEngine()).address);
    await expect(engine.exec("0123", ["true"])).rejects.toMatchObject({ code: "SERVICE_EXITED" });
    await expect(engine.restart("0123", 1)).rejects.toMatchObject({ code: "SERVICE_EXITED" });
    await engine.remove("0123");
  });
});

const factsOf = async (info: Readonly<Record<string, unknown>>) =>
  (await openEngine((await fakeEngine(info)).address)).facts();

describe("facts", () => {
  test("an engine that does not say which cgroup version it has is taken as version 1", async () => {
    expect(await (await openEngine((await fakeEngine()).address)).facts()).toMatchObject({ cpus: 4, cgroupVersion: 1 });
    const newer = await openEngine((await fakeEngine({ CgroupVersion: "2" })).address);
    expect(await newer.facts()).toMatchObject({ cgroupVersion: 2 });
  });

  test("an engine that keeps no limit of processes says so; of one that says nothing it is not known", async () => {
    expect(await factsOf({ PidsLimit: false })).toMatchObject({ limitsProcesses: false });
    expect(await factsOf({ PidsLimit: true })).toMatchObject({ limitsProcesses: true });
    expect(await factsOf({})).not.toHaveProperty("limitsProcesses");
  });

  test("the disk of an engine on another computer or in a virtual machine is unknown, not this computer's", async () => {
    const facts = await (await openEngine((await fakeEngine({ DockerRootDir: "/" })).address)).facts();
    expect(facts.disk).toBeUndefined();
  });
});

describe("the runtime engine", () => {
  test("an engine on another computer is refused as ENGINE_REMOTE, with what to do", async () => {
    const runtime = engineRuntime(hostWith({ DOCKER_HOST: "tcp://10.0.0.7:2376" }));
    await expect(runtime.engine()).rejects.toMatchObject({ code: "ENGINE_REMOTE", exitCode: 2 });
    expect(await runtime.detect()).toMatchObject({ ok: false, fix: containing("DOCKER_HOST") });
  });

  test("an address of a kind that is not understood is refused for that", async () => {
    const runtime = engineRuntime(hostWith({ DOCKER_HOST: "npipe:////./pipe/docker_engine" }));
    expect(await runtime.detect()).toMatchObject({ ok: false, why: containing("only unix://, tcp:// and ssh://") });
  });

  test("one that is named and does not answer is not to be had by installing another", async () => {
    const named = engineRuntime(hostWith({ DOCKER_HOST: "unix:///nonexistent.sock" }));
    expect(await named.detect()).toMatchObject({ fix: "Start that engine, or unset DOCKER_HOST." });
    const unnamed = engineRuntime({ ...hostWith({}), kind: () => Promise.resolve("absent") });
    expect(await unnamed.detect()).toMatchObject({ fix: containing("npm run up") });
  });

  test("is absent only where there is nothing to ask: no address, no context, no socket", async () => {
    const nothing = { ...hostWith({}), kind: () => Promise.resolve("absent" as const) };
    expect(await engineRuntime(nothing).detect()).toMatchObject({ ok: false, absent: true });
    expect(await engineRuntime(nothing).observe()).toEqual({ state: "absent" });
    for (const env of [{ DOCKER_HOST: "unix:///nonexistent.sock" }, { DOCKER_CONTEXT: "gone" }])
      expect(await engineRuntime(hostWith(env)).detect()).toMatchObject({ ok: false, absent: false });
    expect(await engineRuntime({ ...hostWith({}), kind: deadSockets }).detect()).toMatchObject({
      ok: false,
      absent: false,
    });
  });

  test("an engine that is started after it was looked for is found", async () => {
    const fake = await fakeEngine();
    await fake.stop();
    const runtime = engineRuntime(hostWith({ DOCKER_HOST: fake.address }));
    expect(await runtime.detect()).toMatchObject({ ok: false, absent: false });
    expect(await runtime.observe()).toMatchObject({ state: "broken", reason: containing(fake.socket) });
    await fake.listen();
    expect(await runtime.detect()).toEqual({ ok: true, detail: fake.address });
  });
});

describe("the choice of a runtime", () => {
  test("on Linux an engine that answers comes before Colima; on macOS Colima comes first", async () => {
    const [engine, colima] = [await fakeEngine(), await fakeColima()];
    const host = { ...colimaHost(colima), env: { ...process.env, ...colima.env, DOCKER_HOST: engine.address } };
    expect(await chosen({ host, platform: "linux" })).toBe("engine");
    expect(await chosen({ host, platform: "darwin" })).toBe("colima");
  });

  test("without an engine Linux falls back to Colima", async () => {
    const host = { ...colimaHost(await fakeColima()) };
    const gone = { ...host, env: { ...host.env, DOCKER_HOST: "unix:///nonexistent.sock" } };
    expect(await chosen({ host: gone, platform: "linux" })).toBe("colima");
  });

  test("those that were passed over are told with their reasons, apart from those that are not there", async () => {
    const base = { ...colimaHost(await fakeColima()) };
    const host = { ...base, env: { ...base.env, DOCKER_HOST: "unix:///nonexistent.sock" } };
    expect(await chooseRuntime({ wanted: "auto", stack: "shop", host, platform: "linux" })).toMatchObject({
      runtime: { name: "colima" },
      passed: [{ runtime: "engine", why: containing("/nonexistent.sock"), absent: false }],
    });
  });

  test("one that is wanted by name is never replaced by another", async () => {
    const host = { ...colimaHost(await fakeColima()), which: () => Promise.resolve(undefined) };
    const choice = await chooseRuntime({ wanted: "colima", stack: "shop", host });
    expect(choice).toMatchObject({ none: [{ runtime: "colima", why: "colima is not installed", absent: true }] });
  });

  test("where none can be used, the reason of each is told", async () => {
    const base = { ...colimaHost(await fakeColima()), which: () => Promise.resolve(undefined) };
    const host = { ...base, env: { ...base.env, DOCKER_HOST: "unix:///nonexistent.sock" } };
    const choice = await chooseRuntime({ wanted: "auto", stack: "shop", host });
    expect("none" in choice ? choice.none.map(({ runtime }) => runtime) : []).toEqual(["engine", "colima"]);
  });

  test("a name that is no runtime is WRONG_USAGE and lists those that are", async () => {
    await expect(chooseRuntime({ wanted: "podman", stack: "shop" })).rejects.toMatchObject({
      code: "WRONG_USAGE",
      why: "the runtimes are colima, engine",
    });
  });
});

async function chosen(choice: Pick<Parameters<typeof chooseRuntime>[0], "host" | "platform">): Promise<string> {
  const answer = await chooseRuntime({ wanted: "auto", stack: "shop", ...choice });
  return "runtime" in answer ? answer.runtime.name : JSON.stringify(answer.none);
}

function containing(part: string): unknown {
  return expect.stringContaining(part);
}

test("what an interrupted run does to rules of the firewall is still done", async () => {
  const host = realHost(process.env, AbortSignal.abort());
  const shell = engineRuntime(host).machineShell;
  if (shell === undefined) return expect(host.platform).not.toBe("linux");
  expect(await shell.run(["echo", "done"])).toMatchObject({ ok: true, stdout: containing("done") });
});
