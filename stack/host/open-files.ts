/** How many open files an engine on this computer can give a container. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Bit of a capability set: CAP_SYS_RESOURCE allows raising a hard limit. Source: linux/capability.h. */
const CAP_SYS_RESOURCE = 24n;
const WHOLE_MACHINE = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Returns the hard limit of the Docker daemon if the daemon may not raise it, as in a sandbox or as an ordinary user. A
 * container that asks for more does not start. Returns undefined if the daemon may raise it or is not visible. Source:
 * proc(5).
 */
export async function openFilesLimit(proc = "/proc"): Promise<number | undefined> {
  const processes = (await readdir(proc).catch((): string[] => [])).filter((name) => /^\d+$/.test(name));
  const limits = await Promise.all(processes.map((id) => limitOf(join(proc, id))));
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

async function limitOf(folder: string): Promise<number | undefined> {
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => ""); // it may end meanwhile
  if ((await read("comm")).trim() !== "dockerd") return undefined;
  const [status, limits, users] = await Promise.all(["status", "limits", "uid_map"].map(read));
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? "")?.[1] ?? "0"}`);
  // Root of a user namespace has the capability there only, which has no effect here.
  const mayRaise = ((capabilities >> CAP_SYS_RESOURCE) & 1n) === 1n && WHOLE_MACHINE.test(users ?? "");
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits ?? "")?.[1];
  return mayRaise || hard === undefined ? undefined : Number(hard);
}
