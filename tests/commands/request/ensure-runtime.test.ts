import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ensureRuntime } from "../../../stack/commands/request/ensure-runtime.ts";
import { readWanted, type Wanted } from "../../../stack/commands/request/request.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import { realHost, type Host } from "../../../stack/host/host.ts";
import { CREATE, containing, scene } from "../../support/colima/scene.ts";
import { colimaHost } from "../../support/colima/host.ts";
import { FakeComputer, type ComputerOptions } from "../../support/fakes/computer.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A computer of an unknown system without Colima, with an engine that answers. */
async function withEngine(): Promise<Host> {
  const engine = await DockerServer.create();
  const home = await mkdtemp(join(tmpdir(), "pr-"));
  cleanups.push(
    () => engine.remove(),
    () => rm(home, { recursive: true, force: true }),
  );
  const host = realHost({ PATH: process.env["PATH"], HOME: home, DOCKER_HOST: engine.address });
  return {
    ...host,
    read: async (path) => (path === "/etc/os-release" ? undefined : host.read(path)), // apt takes seconds to answer
    which: async (program) => (isOfColima(program) ? undefined : host.which(program)),
  };
}

const isOfColima = (program: string) => ["colima", "lima", "limactl"].includes(program);

async function ensured(over: Partial<Wanted>, allow = false) {
  const wanted = { ...(await readWanted({ stack: "never-was", profile: "minimal" })), ...over };
  const events: Progress[] = [];
  const controls = { report: (event: Progress) => events.push(event), signal: new AbortController().signal };
  const outcome = await ensureRuntime(wanted, allow, controls).then(
    ({ runtime }) => runtime.name,
    (error: unknown) => error,
  );
  return { outcome, events };
}

describe("a runtime that the stack was brought up in, and that is gone", () => {
  test("is replaced by one that works, with a warning that says where the volumes are", async () => {
    const host = await withEngine();
    const { outcome, events } = await ensured({ host, runtime: "colima", isRemembered: true });
    expect(outcome).toBe("engine");
    expect(events).toEqual([
      { kind: "warning", text: containing("was brought up in colima, which is gone (colima is not installed)") },
    ]);
  });

  test("is not replaced where it was named for this command", async () => {
    const host = await withEngine();
    const { outcome, events } = await ensured({ host, runtime: "colima", isRemembered: false });
    expect(outcome).toMatchObject({ code: "NO_RUNTIME" });
    expect(events).toEqual([]);
  });

  test("is not replaced while it is there and merely cannot be asked: the stack may run in it", async () => {
    const { fake, apply } = await scene();
    await apply(CREATE);
    const host = colimaHost(fake);
    const dead = { ...host, env: { ...host.env, DOCKER_HOST: "unix:///nonexistent/docker.sock" } };
    const { outcome, events } = await ensured({ host: dead, runtime: "engine", isRemembered: true });
    expect(outcome).toMatchObject({ code: "NO_RUNTIME" });
    expect(events).toEqual([]);
  });

  test("is replaced by the engine that is installed in its place", async () => {
    const { outcome, events, computer } = await installed({ user: "root" });
    expect(outcome).toBe("engine");
    expect(computer.installed).toContain("docker.io");
    expect(events.at(-1)).toEqual({ kind: "warning", text: containing("engine is used from now on") });
  });

  test("is replaced by an engine that only had to be started", async () => {
    const { outcome, computer } = await installed({ user: "root", installed: ["docker.io", "docker-compose-v2"] });
    expect([outcome, computer.engine]).toEqual(["engine", "running"]);
  });
});

/** A computer of systemd without Colima, whose engine answers once it was started. */
async function installed(options: ComputerOptions) {
  const engine = await DockerServer.create();
  cleanups.push(() => engine.remove());
  const env = { XDG_RUNTIME_DIR: dirname(engine.socket) };
  const computer = new FakeComputer({ system: "ubuntu 24", systemd: true, env, ...options });
  const kind: Host["kind"] = async (path) => {
    if (path !== engine.socket) return computer.host.kind(path);
    return computer.engine === "running" ? "socket" : "absent";
  };
  const host = { ...computer.host, kind };
  return { ...(await ensured({ host, runtime: "colima", isRemembered: true }, true)), computer };
}
