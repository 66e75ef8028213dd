/** TCP ports of this computer: whether one is free, and which process listens on it. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { runCommand } from "./run.ts";

const LSOF_DEADLINE_MS = 10_000;
const PS_DEADLINE_MS = 2_000;

/** Binds the port for a moment, as an engine does that publishes it. */
export async function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, host: address, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** A process that listens on a port. */
export interface Listener {
  readonly name: string;
  readonly pid: number;
}

/** Resolves the process that listens on the port; undefined if the system does not tell. */
export async function listenerOf(port: number): Promise<Listener | undefined> {
  return process.platform === "linux" ? listenerInProc(port) : listenerByLsof(port);
}

/** Resolves the arguments of a process, to be searched and never printed: they may hold secrets. "" if unknown. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === "linux") return (await textOf(`/proc/${pid}/cmdline`)).replaceAll("\0", " ");
  const argv = ["ps", "-ww", "-o", "command=", "-p", String(pid)];
  return (await runCommand(argv, { timeoutMs: PS_DEADLINE_MS })).stdout;
}

/** Only root sees the sockets of other users' processes. */
async function listenerInProc(port: number): Promise<Listener | undefined> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => textOf(`/proc/net/${name}`)));
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || !(await holdsOne(pid, sockets))) continue;
    return { name: (await textOf(`/proc/${pid}/comm`)).trim() || "a process", pid: Number(pid) };
  }
  return undefined;
}

/** The state of a listening socket in proc_net_tcp(5). */
const LISTEN = "0A";

/** Returns links as in /proc/<pid>/fd: "socket:[4711]". Fields: sl, local address, remote address, state, … inode. */
export function listeningSockets(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const [, local = "", , state] = fields;
    return state === LISTEN && local.endsWith(`:${wanted}`) ? [`socket:[${fields[9] ?? ""}]`] : [];
  });
}

async function holdsOne(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch((): string[] => []);
  const links = await Promise.all(descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return links.some((link) => sockets.has(link));
}

async function listenerByLsof(port: number): Promise<Listener | undefined> {
  const argv = ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"];
  const { stdout } = await runCommand(argv, { timeoutMs: LSOF_DEADLINE_MS });
  return listenerInLsof(stdout);
}

/** Parses lsof's output for programs: a line "p812" for the process, then "cnginx" for its name. */
export function listenerInLsof(output: string): Listener | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  if (pid === undefined) return undefined;
  return { name: /^c(.+)$/m.exec(output)?.[1] ?? "a process", pid: Number(pid) };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
