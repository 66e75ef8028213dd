/** The folder for one run's build files, and the removal of folders left by killed runs. */
import { chmod, lstat, mkdtemp } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../host/host.ts";

type WorkHost = Pick<Host, "list" | "read" | "remove" | "run">;

const PREFIX = `plumbline-images-${hostname()}-`;
const UNMOUNT_DEADLINE_MS = 10_000;

/**
 * Creates a folder for this process. Removes this user's folders of processes that are gone: a killed build leaves half a
 * gigabyte.
 */
export async function makeWorkFolder(host: WorkHost, parent = tmpdir()): Promise<string> {
  for (const name of await host.list(parent)) {
    const owner = name.startsWith(PREFIX) ? /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1] : undefined;
    const path = join(parent, name);
    if (owner === undefined || isAlive(Number(owner)) || !(await isOwnFolder(path))) continue;
    await removeWorkFolder(host, path).catch(() => {});
  }
  const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  await chmod(folder, 0o755); // apt reads as its own user
  return folder;
}

/**
 * Unmounts before deleting: mmdebstrap mounts /proc, /sys and /dev in its folder, and leaves them mounted when it is
 * killed.
 */
export async function removeWorkFolder(host: WorkHost, folder: string): Promise<void> {
  for (const path of (await mountsBelow(host, folder)).toReversed()) {
    // Also after an interruption: the folder cannot be removed before.
    await host.run(["umount", "--lazy", path], { timeoutMs: UNMOUNT_DEADLINE_MS, signal: undefined });
  }
  if ((await mountsBelow(host, folder)).length === 0) await host.remove(folder);
}

/** Returns the mounts in mount order. Source: proc(5), /proc/self/mounts. */
async function mountsBelow(host: WorkHost, folder: string): Promise<readonly string[]> {
  const mounts = (await host.read("/proc/self/mounts")) ?? "";
  return mounts
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
}

/** Everybody may make such a name in a shared folder, and root could remove what is behind it. */
async function isOwnFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // another user's process
  }
}
