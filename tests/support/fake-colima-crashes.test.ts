import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { jsonLines } from "./fake-colima/contract.ts";
import type { FakeColima } from "./fake-colima/fake.ts";
import { create, running } from "./fake-colima/fixture.ts";

describe("a fault inside the guest", { timeout: 30_000 }, () => {
  it("is a guest that hangs: list says Running, Colima waits for it, and only Lima ends it", async () => {
    const fake = await running();
    fake.inject({ kind: "unresponsive", profile: "dev" });
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ status: "Running" }]);
    for (const command of ["status dev", "stop dev", "stop --force dev", "ssh -p dev -- true", "version dev"]) {
      await expect(launch(fake, `colima ${command}`, 1_000)).rejects.toMatchObject({ killed: true });
    }
    const lima = `env LIMA_HOME=${join(fake.home, "_lima")} limactl stop`;
    await expect(launch(fake, `${lima} colima-dev`, 1_000)).rejects.toMatchObject({ killed: true });
    await launch(fake, `${lima} --force colima-dev`);
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ status: "Stopped" }]);
    expect(fake.state("dev").hasContext).toBe(true);
    expect(await fake.run(["start", "dev"])).toMatchObject({ code: 0 });
    expect(await fake.run(["status", "dev"])).toMatchObject({ code: 0 });
  });

  it("is a guest without an address: start fails, and a machine runs on that does not answer", async () => {
    const fake = await create({ faults: [{ kind: "lease-timeout" }] });
    const start = await fake.run(["start", "dev"]);
    expect(start.stdout).toContain("did not receive an event with the `running` status");
    expect(start.code).toBe(1);
    expect(fake.state("dev").vm).toMatchObject({ power: "Running", responds: false });
  });

  it("is a port that the forwarder holds for nobody, until the guest's engine starts again or the VM stops", async () => {
    const fake = await running();
    for (const end of [
      ["ssh", "-p", "dev", "--", "sudo", "systemctl", "restart", "docker"],
      ["stop", "dev"],
    ]) {
      const port = await freePort();
      fake.inject({ kind: "stale-proxy", profile: "dev", port });
      await vi.waitFor(() => connected(port), 5000);
      await fake.run(end);
      await vi.waitFor(async () => expect(connected(port)).rejects.toThrow("ECONNREFUSED"), 5000);
    }
  });
});

/** Runs a command with the launchers on PATH; rejects if it is still running after `timeout`. */
async function launch(fake: FakeColima, command: string, timeout = 20_000): Promise<void> {
  const env = { ...process.env, ...fake.env };
  await promisify(execFile)("sh", ["-c", `exec ${command}`], { env, timeout });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, "close");
  return port;
}

async function connected(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}
