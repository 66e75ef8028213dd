import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { contract, fatal, jsonLines } from "./fake-colima/contract.ts";
import { FakeColima } from "./fake-colima/fake.ts";
import { create, running } from "./fake-colima/fixture.ts";
import { realColima, realCommandLimitMs } from "./fake-colima/subject.ts";

const gibibyte = 1024 ** 3;
const binary = process.env["COLIMA_BIN"] ?? "";

describe("the fake colima", () => {
  contract(async () => FakeColima.create());
});

describe.skipIf(binary === "")(
  `the real colima (${binary === "" ? "skipped: COLIMA_BIN names none" : binary})`,
  { timeout: 6 * realCommandLimitMs },
  () => {
    contract(async () => realColima(binary));
  },
);

describe("a fault", () => {
  it("leaves an orphan disk after a failed create, which delete --data spares and limactl removes", async () => {
    const fake = await create({ faults: [{ kind: "image-download" }] });
    const start = await fake.run(["start", "dev", "--disk", "10"]);
    expect(fatal(start)).toContain("DNS lookup failed for host 'github.com'");
    expect(fake.state("dev")).toMatchObject({ desired: { disk: 10 }, lima: undefined, diskBytes: 10 * gibibyte });
    expect((await fake.run(["list", "--json"])).stdout).toBe("");
    await fake.run(["delete", "-f", "--data", "dev"]);
    await fake.run(["start", "dev", "--disk", "12"]);
    expect(fake.state("dev")).toMatchObject({ state: { disk: 12 }, diskBytes: 10 * gibibyte });
    await fake.run(["stop", "dev"]);
    expect((await fake.limactl(["disk", "delete", "colima-dev"])).stderr).toContain("Skipping deleting disk");
    await fake.run(["delete", "-f", "dev"]);
    await fake.limactl(["disk", "delete", "colima-dev"]);
    expect(fake.state("dev").diskBytes).toBeUndefined();
  });

  it("leaves a VM without a runtime after docker provisioning failed, until it is stopped and started", async () => {
    const fake = await create({ faults: [{ kind: "docker-provisioning" }] });
    const start = await fake.run(["start", "dev"]);
    expect(fatal(start)).toBe("error starting docker: cannot restart, VM not previously started");
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ status: "Running", runtime: "docker" }]);
    expect(fatal(await fake.run(["status", "dev", "--json"]))).toBe("error retrieving current runtime: empty value");
    expect((await fake.run(["start", "dev"])).stderr).toContain("already running, ignoring");
    expect((await fake.run(["stop", "dev"])).stderr).toContain("error retrieving runtimes");
    expect(await fake.run(["start", "dev"])).toMatchObject({ code: 0 });
    expect(await fake.run(["status", "dev"])).toMatchObject({ code: 0 });
  });

  it("breaks a VM, which only stop --force ends", async () => {
    const fake = await running();
    fake.inject({ kind: "broken", profile: "dev" });
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ status: "Broken" }]);
    const stop = await fake.run(["stop", "dev"]);
    expect(stop).toMatchObject({ code: 0 });
    expect(stop.stderr).toContain('msg="not running"');
    const start = await fake.run(["start", "dev"]);
    expect(start.stdout).toContain("errors inspecting instance: [qemu driver is running but host agent is not]");
    expect(fatal(start)).toBe("error starting vm: error at 'starting': exit status 1");
    expect((await fake.limactl(["disk", "unlock", "colima-dev"])).stderr).toContain("Cannot unlock disk");
    await fake.run(["stop", "--force", "dev"]);
    expect(await fake.run(["start", "dev"])).toMatchObject({ code: 0 });
  });

  it("kills a VM, which leaves its context current and its disk locked, and starts plainly", async () => {
    const fake = await running();
    fake.inject({ kind: "killed", profile: "dev" });
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ status: "Stopped" }]);
    expect(fake.state("dev").currentContext).toBe("colima-dev");
    expect(fake.state("dev").diskLockedBy).toMatch(/colima-dev$/);
    expect((await fake.limactl(["disk", "unlock", "colima-dev"])).stderr).toContain("Unlocked disk");
    expect(await fake.run(["start", "dev"])).toMatchObject({ code: 0 });
  });

  it("refuses a resize with exit code 0 and files that say otherwise", async () => {
    const fake = await running();
    await fake.run(["stop", "dev"]);
    fake.inject({ kind: "resize-refused" });
    const start = await fake.run(["start", "dev", "--disk", "20"]);
    expect(start).toMatchObject({ code: 0 });
    expect(start.stderr).toContain("Please stop the VM instance");
    expect(fake.state("dev")).toMatchObject({ state: { disk: 20 }, diskBytes: 10 * gibibyte });
  });

  it("lies about cpus and memory: the files say what was asked for, the VM has what it had", async () => {
    const fake = await running();
    await fake.run(["stop", "dev"]);
    fake.inject({ kind: "lies" });
    expect(await fake.run(["start", "dev", "--cpu", "6", "--memory", "12"])).toMatchObject({ code: 0 });
    expect(jsonLines(await fake.run(["list", "--json"]))).toMatchObject([{ cpus: 6, memory: 12 * gibibyte }]);
    expect((await fake.run(["ssh", "-p", "dev", "--", "nproc"])).stdout).toBe("2\n");
    expect(fake.state("dev").vm?.memoryBytes).toBe(2 * gibibyte);
  });

  it("strikes as often as it was injected for, and only the profile it names", async () => {
    const fake = await create();
    fake.inject({ kind: "root-user", profile: "qa" }, "always");
    fake.inject({ kind: "missing", program: "lima", profile: "dev" }, 2);
    const codes = [];
    for (const profile of ["qa", "dev", "dev", "dev", "qa"]) {
      codes.push((await fake.run(["start", profile])).code);
    }
    expect(codes).toEqual([1, 1, 1, 0, 1]);
  });
});

describe("the version and the platform", () => {
  it.each([
    ["0.6", { disk: 60, statusJson: 1, data: 1, saveConfig: 1, cpus: 1 }],
    ["0.8", { disk: 100, statusJson: 0, data: 1, saveConfig: 0, cpus: 0 }],
    ["0.9", { disk: 100, statusJson: 0, data: 0, saveConfig: 0, cpus: 0 }],
    ["0.10", { disk: 100, statusJson: 0, data: 0, saveConfig: 0, cpus: 0 }],
  ])("of %s decide the default disk and which flags are known", async (version, expected) => {
    const fake = await create({ version });
    const code = async (...argv: string[]) => (await fake.run(argv)).code;
    expect(await code("start", "dev", "--cpu", "1")).toBe(0);
    expect({
      disk: fake.state("dev").state?.disk,
      statusJson: await code("status", "dev", "--json"),
      saveConfig: await code("start", "dev", "--save-config=false"),
      cpus: await code("start", "dev", "--cpus", "1"),
      data: await code("delete", "-f", "--data", "dev"),
    }).toEqual(expected);
  });

  it("before 0.9 keep container data on the VM's own disk, which goes with the VM", async () => {
    const fake = await running({ version: "0.8" });
    expect((await fake.limactl(["disk", "ls", "--json"])).stdout).toBe("");
    expect(fake.state("dev").diskBytes).toBe(10 * gibibyte);
    await fake.run(["delete", "-f", "dev"]);
    await fake.run(["start", "dev", "--disk", "12"]);
    expect(fake.state("dev").diskBytes).toBe(12 * gibibyte);
  });

  it("of Linux know no flag that only macOS has, and no vz in colima.yaml", async () => {
    const fake = await create();
    for (const flag of ["--vm-type=vz", "--vz-rosetta", "--network-address", "--nested-virtualization"]) {
      expect(fatal(await fake.run(["start", "dev", flag]))).toBe(`unknown flag: ${flag.replace("=vz", "")}`);
    }
    mkdirSync(join(fake.home, "dev"));
    writeFileSync(join(fake.home, "dev", "colima.yaml"), "runtime: docker\nvmType: vz\n");
    expect(fatal(await fake.run(["start", "dev"]))).toBe("error in config: invalid vmType: 'vz'");
  });

  it("of macOS take them, and run vz with virtiofs", async () => {
    const fake = await create({ platform: "darwin" });
    expect(await fake.run(["start", "dev", "--vm-type", "vz", "--vz-rosetta"])).toMatchObject({ code: 0 });
    expect(jsonLines(await fake.run(["status", "dev", "--json"]))).toMatchObject([
      { driver: "macOS Virtualization.Framework", arch: "aarch64", mount_type: "virtiofs" },
    ]);
  });
});

describe("the surroundings", () => {
  it("pass over a COLIMA_HOME that does not exist, and refuse one that is too long for a socket", async () => {
    const fake = await create();
    await fake.run(["start", "dev"], { COLIMA_HOME: join(fake.home, "missing") });
    expect(existsSync(join(fake.env["HOME"] ?? "", ".config", "colima", "dev", "colima.yaml"))).toBe(true);
    const long = join(fake.home, "x".repeat(60));
    mkdirSync(long);
    const start = await fake.run(["start", "dev"], { COLIMA_HOME: long });
    expect(start.stdout).toContain("must be less than UNIX_PATH_MAX=108");
    expect(start.code).toBe(1);
  });

  it("have the user's ssh config edited unless --ssh-config=false", async () => {
    const fake = await create();
    const file = join(fake.env["HOME"] ?? "", ".ssh", "config");
    await fake.run(["start", "dev", "--ssh-config=false"]);
    expect(existsSync(file)).toBe(false);
    await fake.run(["start", "qa"]);
    expect(readFileSync(file, "utf8")).toContain(`Include ${join(fake.home, "ssh_config")}`);
  });

  it("refuse overlapping mounts only after saving, and by text alone", async () => {
    const fake = await create();
    const overlap = await fake.run(["start", "dev", "--mount", "/a/proj:w", "--mount", "/a/proj/b"]);
    expect(fatal(overlap)).toContain("overlapping mounts not supported: '/a/proj/' overlaps '/a/proj/b/'");
    expect(fake.state("dev").desired?.mounts).toHaveLength(2);
    expect(await fake.run(["start", "dev", "--mount", "/a/proj:w,/a/proj2"])).toMatchObject({ code: 0 });
  });
});

describe("the launchers on PATH", () => {
  it("lead the docker socket to a lent engine while the VM runs, late if the forwarder is slow", async () => {
    const engine = createServer((socket) => socket.end("an engine"));
    const lender = await create();
    const engineSocket = join(lender.home, "engine.sock");
    engine.listen(engineSocket);
    await once(engine, "listening");
    const fake = await create({ engineSocket, faults: [{ kind: "slow-socket", delayMs: 300 }] });
    await launch(fake, "colima start dev");
    expect(fake.state("dev").socketTarget).toBeUndefined();
    await vi.waitFor(() => expect(fake.state("dev").socketTarget).toBe(engineSocket), 5000);
    expect(await textFrom(join(fake.home, "dev", "docker.sock"))).toBe("an engine");
    await launch(fake, "colima stop dev");
    expect(fake.state("dev").socketTarget).toBeUndefined();
    engine.close();
  });

  it("answer for limactl, which looks in LIMA_HOME and not in COLIMA_HOME", async () => {
    const fake = await running();
    expect(await launch(fake, "limactl disk ls --json")).toBe("");
    expect(await launch(fake, `LIMA_HOME=${join(fake.home, "_lima")} limactl disk ls`)).toMatch(/colima-dev +10GiB/);
  });

  it("delete after a yes on standard input, and after a second one where data goes too", async () => {
    const fake = await running();
    await launch(fake, "printf 'y\\n' | colima delete dev");
    expect(fake.state("dev")).toMatchObject({ lima: undefined, diskBytes: 10 * gibibyte });
    await launch(fake, "colima start dev && printf 'y\\n' | colima delete --data dev");
    expect(fake.state("dev").lima).toBeDefined();
    await launch(fake, "printf 'y\\ny\\n' | colima delete --data dev");
    expect(fake.state("dev")).toMatchObject({ lima: undefined, diskBytes: undefined });
  });

  it("hang in a child process that outlives the command, and leave a first start that was cut off", async () => {
    const fake = await create({ faults: [{ kind: "hang" }] });
    const env = { ...process.env, ...fake.env };
    const child = spawn("sh", ["-c", "exec colima start dev"], { env, detached: true, stdio: "ignore" });
    const group = child.pid ?? Number.NaN;
    const hung = await vi.waitFor(() => z.coerce.number().parse(readdirSync(join(fake.home, "..", "hung"))[0]), 5000);
    process.kill(group, "SIGKILL");
    await once(child, "exit");
    expect(() => process.kill(hung, 0)).not.toThrow();
    process.kill(-group, "SIGKILL");
    expect(jsonLines(await fake.run(["list", "--json"]))).toEqual([
      { name: "dev", status: "Stopped", arch: "x86_64", cpus: 2, memory: 2 * gibibyte, disk: 20 * gibibyte },
    ]);
    expect(fatal(await fake.run(["start", "dev"]))).toContain("cannot restart, VM not previously started");
  });
});

async function launch(fake: FakeColima, command: string): Promise<string> {
  const env = { ...process.env, ...fake.env };
  return (await promisify(execFile)("sh", ["-c", command], { env, timeout: 20_000 })).stdout;
}

async function textFrom(socket: string): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of connect(socket)) chunks.push(String(chunk));
  return chunks.join("");
}
