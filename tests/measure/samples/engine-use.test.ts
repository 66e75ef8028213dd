import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realHost } from "../../../stack/host/host.ts";
import { engineCpu } from "../../../stack/measure/samples/engine-use.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-engine-use-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program of this name that takes this much cpu time once it is told to, and then waits. */
async function program(name: string, busyMs: number) {
  const path = join(folder, name);
  await symlink(process.execPath, path);
  const code = `process.stdin.once("data", () => {
    const before = process.cpuUsage();
    const used = () => process.cpuUsage(before).user + process.cpuUsage(before).system;
    while (used() < ${busyMs} * 1000);
    process.stdout.write("done");
  });
  process.stdout.write("ready");`;
  const child = spawn(path, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: `${child.pid}`,
    work: async () => {
      child.stdin.write("go");
      await once(child.stdout, "data");
    },
    end: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

/** This computer with these processes only: an engine that runs here may be busy for others. */
function withOnly(...pids: readonly string[]) {
  const host = realHost();
  return { ...host, list: async (path: string) => (await host.list(path)).filter((name) => pids.includes(name)) };
}

describe.skipIf(process.platform !== "linux")("the cpu of the engine's own processes", () => {
  test("is that of the programs which carry its packets", async () => {
    const proxy = await program("docker-proxy", 200);
    try {
      const read = await engineCpu(withOnly(proxy.pid));
      const before = read?.() ?? Number.NaN;
      await proxy.work();
      const used = (read?.() ?? Number.NaN) - before;
      expect(used).toBeGreaterThan(0.05);
    } finally {
      await proxy.end();
    }
  });

  test("is not that of other programs", async () => {
    const proxy = await program("rootlessport", 1);
    const other = await program("compiler", 300);
    try {
      const read = await engineCpu(withOnly(proxy.pid, other.pid));
      const before = read?.() ?? Number.NaN;
      await other.work();
      expect((read?.() ?? Number.NaN) - before).toBeLessThan(0.2);
    } finally {
      await Promise.all([proxy.end(), other.end()]);
    }
  });
});

test("is unknown where the system shows no processes of an engine", async () => {
  const host = realHost();
  await expect(engineCpu({ ...host, platform: "darwin" })).resolves.toBeUndefined();
  await expect(engineCpu({ ...host, platform: "linux", list: async () => [] })).resolves.toBeUndefined();
});
