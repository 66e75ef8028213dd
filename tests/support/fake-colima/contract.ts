import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { Outcome } from "./fake.ts";
import { realCommandLimitMs, type Subject } from "./subject.ts";

const gibibyte = 1024 ** 3;
const quiet = ["--activate=false", "--ssh-config=false"];
const tenGib = ["start", "dev", "--cpu", "2", "--memory", "2", "--disk", "10", ...quiet];

/** What COLIMA.md says of every Colima; each line is checked on the fake and, where there is one, on the real one. */
export function contract(create: () => Promise<Subject>): void {
  let colima: Subject;
  beforeEach(async () => {
    colima = await create();
  });
  afterEach(async () => {
    await colima.remove();
  }, realCommandLimitMs);
  const run = async (...argv: string[]) => colima.run(argv);
  const succeed = async (...argv: string[]) => {
    const result = await run(...argv);
    expect(result, `colima ${argv.join(" ")}`).toMatchObject({ code: 0 });
    return result;
  };
  const config = (...path: string[]) => Settings.parse(parse(readFileSync(join(colima.home, ...path), "utf8")));
  const desired = () => config("dev", "colima.yaml");
  const state = () => config("_lima", "colima-dev", "colima.yaml");
  const disks = async () => jsonLines(await colima.limactl(["disk", "ls", "--json"])).map((disk) => Disk.parse(disk));
  const inside = async (...command: string[]) => (await succeed("ssh", "-p", "dev", "--", ...command)).stdout;

  it("lists no VM as no output and exit code 0", async () => {
    expect(await run("list", "--json")).toMatchObject({ code: 0, stdout: "" });
  });

  it("answers status of a VM that does not run with exit code 1, a reason on stderr and no JSON", async () => {
    expect(await run("status", "dev", "--json")).toMatchObject({ code: 1, stdout: "" });
    expect(fatal(await run("status", "dev"))).toBe("colima [profile=dev] is not running");
    expect(fatal(await run("status"))).toBe("colima is not running");
    expect(fatal(await run("ssh", "-p", "dev", "--", "nproc"))).toBe("colima [profile=dev] not running");
  });

  it("refuses a flag that it does not know with usage and exit code 1", async () => {
    const result = await run("start", "dev", "--no-such-flag");
    expect(result).toMatchObject({ code: 1 });
    expect(result.stderr).toContain("Usage:");
    expect(fatal(result)).toBe("unknown flag: --no-such-flag");
  });

  it("keeps the desired file, the state file, Lima's file, the disk and the store apart", async () => {
    await succeed(...tenGib);
    expect(desired()).toMatchObject({ cpu: 2, memory: 2, disk: 10, runtime: "docker", mounts: [] });
    expect(state()).toMatchObject({ cpu: 2, memory: 2, disk: 10, runtime: "docker" });
    expect(config("_lima", "colima-dev", "lima.yaml")).toMatchObject({ cpus: 2 });
    expect(await disks()).toEqual([
      expect.objectContaining({ name: "colima-dev", size: 10 * gibibyte, instance: "colima-dev" }),
    ]);
    const store = readFileSync(join(colima.home, "_store", "colima-dev.json"), "utf8");
    expect(JSON.parse(store)).toMatchObject({ disk_formatted: true, disk_runtime: "docker" });
  });

  it("says cpus in list and cpu in status, and sizes in bytes", async () => {
    await succeed(...tenGib);
    const { arch } = config("_lima", "colima-dev", "lima.yaml");
    const common = { arch, runtime: "docker", memory: 2 * gibibyte, disk: 10 * gibibyte };
    expect(jsonLines(await run("list", "--json"))).toEqual([{ name: "dev", status: "Running", cpus: 2, ...common }]);
    expect(jsonLines(await run("status", "dev", "--json"))).toEqual([
      expect.objectContaining({
        display_name: "colima [profile=dev]",
        docker_socket: `unix://${join(colima.home, "dev", "docker.sock")}`,
        kubernetes: false,
        cpu: 2,
        ...common,
      }),
    ]);
    expect((await run("status", "dev")).stdout).toBe("");
  });

  it("changes nothing in a running VM when it is started again, but rewrites colima.yaml", async () => {
    await succeed(...tenGib);
    const again = await succeed("start", "dev", "--cpu", "1", ...quiet);
    expect(again.stderr).toContain('level=warning msg="already running, ignoring"');
    expect([desired().cpu, state().cpu]).toEqual([1, 2]);
    expect((await inside("nproc")).trim()).toBe("2");
  });

  it("gives a restarted VM the cpus and memory of its next start, of which it sees about 97 %", async () => {
    await succeed(...tenGib);
    await succeed("stop", "dev");
    await succeed("start", "dev", "--cpu", "1", "--memory", "3", ...quiet);
    expect((await inside("nproc")).trim()).toBe("1");
    const kibibytes = Number(/MemTotal:\s+(\d+) kB/.exec(await inside("cat", "/proc/meminfo"))?.[1]);
    expect(kibibytes * 1024).toBeGreaterThan(0.93 * 3 * gibibyte);
    expect(kibibytes * 1024).toBeLessThan(3 * gibibyte);
  });

  it("grows the disk at the start of a stopped VM, and the containers see about 98 % of it", async () => {
    await succeed(...tenGib);
    await succeed("stop", "dev");
    const start = await succeed("start", "dev", "--disk", "12", ...quiet);
    expect(start.stderr).toContain("resizing disk to 12GiB...");
    expect((await disks())[0]?.size).toBe(12 * gibibyte);
    const [, bytes] = (await inside("df", "-B1", "--output=size", "/var/lib/docker")).trim().split("\n");
    expect(Number(bytes) / (12 * gibibyte)).toBeGreaterThan(0.95);
    expect(Number(bytes) / (12 * gibibyte)).toBeLessThan(1);
  });

  it("claims a smaller disk than it has, and then refuses to grow it to less than it has, with exit code 0", async () => {
    await succeed(...tenGib);
    await succeed("stop", "dev");
    const shrink = await succeed("start", "dev", "--disk", "8", ...quiet);
    expect(shrink.stderr).toContain("disk size cannot be reduced, ignoring...");
    expect([desired().disk, state().disk, (await disks())[0]?.size]).toEqual([8, 8, 10 * gibibyte]);
    await succeed("stop", "dev");
    const grow = await succeed("start", "dev", "--disk", "9", ...quiet);
    expect(grow.stderr).toContain("unable to resize disk: error resizing disk: exit status 1, output:");
    expect(grow.stderr).toContain("Disk shrinking is currently unavailable");
    expect([desired().disk, state().disk, (await disks())[0]?.size]).toEqual([9, 9, 10 * gibibyte]);
    expect(jsonLines(await run("list", "--json"))).toMatchObject([{ disk: 9 * gibibyte }]);
  });

  it("reuses the disk that a delete without --data left, at its old size and without a message", async () => {
    await succeed(...tenGib);
    await succeed("stop", "dev");
    await succeed("delete", "-f", "dev");
    expect(existsSync(join(colima.home, "dev", "colima.yaml"))).toBe(false);
    const start = await succeed("start", "dev", "--disk", "12", ...quiet);
    expect(start.stderr).not.toMatch(/resiz|disk size|reduced/); // other warnings are the surroundings' own
    expect([state().disk, (await disks())[0]?.size]).toEqual([12, 10 * gibibyte]);
    await succeed("delete", "-f", "--data", "dev");
    expect(await disks()).toEqual([]);
  });

  it("discards values that cannot change with a warning, also in colima.yaml, and exits 0", async () => {
    await succeed(...tenGib);
    await succeed("stop", "dev");
    const before = desired();
    const start = await succeed("start", "dev", "--runtime", "containerd", "--mount-type", "9p", ...quiet);
    expect(start.stderr).toContain("'runtime' cannot be updated after initial setup, discarded");
    expect(start.stderr).toContain("'volume mount type' cannot be updated after initial setup, discarded");
    expect(desired()).toMatchObject({ runtime: "docker", mountType: before.mountType });
  });

  it("saves a wrong runtime, so that the next plain start fails too, but refuses a wrong mount type unsaved", async () => {
    expect(fatal(await run("start", "dev", "--mount-type", "nfs"))).toBe("error in config: invalid mountType: 'nfs'");
    expect(existsSync(join(colima.home, "dev", "colima.yaml"))).toBe(false);
    expect(fatal(await run("start", "dev", "--runtime", "podman"))).toContain("unsupported container runtime 'podman'");
    expect(desired().runtime).toBe("podman");
    expect(await run("start", "dev")).toMatchObject({ code: 1 });
  });

  it("mounts nothing with --mount none, which it writes as null", async () => {
    await succeed(...tenGib, "--mount", "none");
    expect(desired().mounts).toBeNull();
  });

  it("makes a docker context, uses it unless told otherwise, and removes both and the sockets on stop", async () => {
    const start = await succeed("start", "dev", "--ssh-config=false");
    expect(start.stdout).toContain('Successfully created context "colima-dev"');
    expect(start.stdout).toContain('Current context is now "colima-dev"');
    expect(dockerConfig(colima)).toMatchObject({ currentContext: "colima-dev" });
    await succeed("stop", "dev");
    expect(dockerConfig(colima).currentContext ?? "").toBe("");
    expect(lstatSync(join(colima.home, "dev", "docker.sock"), { throwIfNoEntry: false })).toBeUndefined();
    const again = await succeed("stop", "dev");
    expect(again.stderr).toContain('msg="not running"');
  });

  it("stops the engine and removes the context also with --force", async () => {
    await succeed(...tenGib);
    const stop = await succeed("stop", "--force", "dev");
    expect(stop.stderr).toMatch(/msg="stopping \.\.\." context=docker/);
    expect((await succeed("start", "dev", ...quiet)).stdout).toContain('Successfully created context "colima-dev"');
  });

  it("is ended by limactl stop --force, which leaves the disk and the next start as they are", async () => {
    await succeed(...tenGib);
    expect(await colima.limactl(["stop", "--force", "colima-dev"])).toMatchObject({ code: 0 });
    expect(jsonLines(await run("list", "--json"))).toMatchObject([{ name: "dev", status: "Stopped" }]);
    expect(await disks()).toMatchObject([{ size: 10 * gibibyte }]);
    await succeed("start", "dev", ...quiet);
  });

  it("deletes nothing without --force and without an answer, and exits 0 also for a profile that is unknown", async () => {
    await succeed(...tenGib);
    const asked = await succeed("delete", "dev");
    expect(asked.stdout).toContain("are you sure you want to delete colima [profile=dev] and all settings? [y/N]");
    expect(jsonLines(await run("list", "--json"))).toMatchObject([{ name: "dev", status: "Running" }]);
    await succeed("delete", "-f", "nobody");
  });

  it("restarts from colima.yaml alone, and not what was never started", async () => {
    expect(fatal(await run("restart", "dev"))).toBe("error retrieving instance: exit status 1");
    await succeed(...tenGib);
    await succeed("start", "dev", "--cpu", "1", ...quiet);
    await succeed("restart", "dev");
    expect((await inside("nproc")).trim()).toBe("1");
  });

  it("collapses the exit code of a command in the VM to 1 and tells it in text", async () => {
    await succeed(...tenGib);
    const result = await run("ssh", "-p", "dev", "--", "sh", "-c", "exit 7");
    expect(result).toMatchObject({ code: 1 });
    expect(fatal(result)).toBe("exit status 7");
  });
}

const Settings = z.looseObject({
  cpu: z.number().optional(),
  disk: z.union([z.number(), z.string()]).optional(),
  runtime: z.string().optional(),
  mountType: z.string().optional(),
  mounts: z.array(z.unknown()).nullish(),
});
const Disk = z.looseObject({ name: z.string(), size: z.number(), instance: z.string() });
const ClientConfig = z.looseObject({ currentContext: z.string().optional() });

function dockerConfig(colima: Subject): z.infer<typeof ClientConfig> {
  const file = join(colima.env["DOCKER_CONFIG"] ?? "", "config.json");
  return existsSync(file) ? ClientConfig.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

/** One JSON document a line, as both programs print lists. */
export function jsonLines(result: Outcome): readonly unknown[] {
  return result.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

/** The message of the one fatal line that ends a failed command. */
export function fatal(result: Outcome): string {
  const message = /level=fatal msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(result.stderr)?.[1] ?? "";
  return message.startsWith('"') ? z.string().parse(JSON.parse(message)) : message;
}
