import { spawnSync } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realHost } from "../../stack/host/host.ts";
import type { Host } from "../../stack/host/host.ts";
import { makeWorkFolder, removeWorkFolder } from "../../stack/images/work.ts";

let parent: string;
/** Paths that the kernel lists as mounted. */
let mounted: string[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "plumbline-work-"));
  mounted = [];
});

afterEach(() => rm(parent, { recursive: true, force: true }));

/** This computer, with a table of mounts of its own. `canUnmount`: umount works. */
function host(canUnmount = true): Host {
  const real = realHost();
  return {
    ...real,
    read: async () => mounted.map((path) => `proc ${path} proc rw 0 0\n`).join(""),
    run: async (argv, options) => {
      if (!("signal" in options)) throw new Error("it would not run in a host whose run is ended");
      if (canUnmount) mounted = mounted.filter((path) => path !== argv.at(-1));
      return { ended: "exited", ok: canUnmount, exitCode: canUnmount ? 0 : 32, stdout: "", stderr: "" };
    },
  };
}

async function leftover(pid: number, computer = hostname()): Promise<string> {
  const folder = join(parent, `plumbline-images-${computer}-${pid}-abc`);
  await mkdir(join(folder, "root", "proc"), { recursive: true });
  await writeFile(join(folder, "root", "file"), "");
  return folder;
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

describe("The folder of a run of builds", () => {
  test("is its own, and what a killed run left is gone", async () => {
    await leftover(deadPid());
    const folder = await makeWorkFolder(host(), parent);
    expect(await readdir(parent)).toEqual([basename(folder)]);
  });

  test("of a run that goes on, or of another computer, stays", async () => {
    const names = [await leftover(process.ppid), await leftover(deadPid(), "elsewhere")].map((path) => basename(path));
    await makeWorkFolder(host(), parent);
    expect(await readdir(parent)).toEqual(expect.arrayContaining(names));
  });

  test.runIf(process.getuid?.() === 0)("of another user stays, and so does what a link leads to", async () => {
    const others = await leftover(deadPid());
    await chown(others, 54_321, 54_321);
    const kept = join(parent, "kept");
    await mkdir(kept);
    await symlink(kept, join(parent, `plumbline-images-${hostname()}-${deadPid()}-link`));
    const before = await readdir(parent);
    await makeWorkFolder(host(), parent);
    expect(await readdir(parent)).toEqual(expect.arrayContaining(before));
    expect((await readdir(others)).toSorted()).toEqual(["root"]);
  });

  test("is removed with what a killed mmdebstrap left mounted in it", async () => {
    const folder = await leftover(deadPid());
    mounted = ["/proc", join(folder, "root"), join(folder, "root", "proc")];
    await removeWorkFolder(host(), folder);
    expect(mounted).toEqual(["/proc"]);
    expect(await readdir(parent)).toEqual([]);
  });

  test("is left alone where something stays mounted in it", async () => {
    const folder = await leftover(deadPid());
    mounted = [join(folder, "root", "proc")];
    await removeWorkFolder(host(false), folder);
    expect(await readdir(join(folder, "root"))).toEqual(["file", "proc"]);
  });
});
