/** The cpu time that processes used between two readings. Pure. */
import type { ComputerProcess } from "../../host/processes.ts";

export interface ProcessUse {
  readonly pid: number;
  readonly command: string;
  readonly cpuS: number;
}

/**
 * Returns what each process of the last reading used since the first, without the process `self` and its descendants. A
 * process that ended in between is counted with the one that started it, such as the compilers with `make`.
 */
export function usedBetween(
  first: readonly ComputerProcess[],
  last: readonly ComputerProcess[],
  self: number,
): readonly ProcessUse[] {
  const before = new Map(first.map((process) => [identityOf(process), process]));
  const now = new Map(last.map((process) => [identityOf(process), process]));
  const endedBefore = earlierTimeOfEnded(first, now);
  const own = descendantsOf(self, last);
  return last
    .filter(({ pid }) => !own.has(pid))
    .map((process) => {
      const earlier = before.get(identityOf(process));
      const since = earlier === undefined || process.cpuS < earlier.cpuS ? undefined : earlier;
      const alone = process.cpuS - (since?.cpuS ?? 0);
      const ended = process.endedS - (since?.endedS ?? 0) - (endedBefore.get(process.pid) ?? 0);
      // The first process inherits those whose parents ended, with all that they ever used.
      return { pid: process.pid, command: process.command, cpuS: alone + (process.pid === 1 ? 0 : Math.max(0, ended)) };
    });
}

/** A process that ended hands its whole time to its nearest living ancestor, also what it had used before. */
function earlierTimeOfEnded(
  first: readonly ComputerProcess[],
  now: ReadonlyMap<string, ComputerProcess>,
): ReadonlyMap<number, number> {
  const byPid = new Map(first.map((process) => [process.pid, process]));
  const earlier = new Map<number, number>();
  for (const ended of first.filter((process) => !now.has(identityOf(process)))) {
    let ancestor = byPid.get(ended.parent);
    for (let step = 0; ancestor && !now.has(identityOf(ancestor)) && step < first.length; step += 1) {
      ancestor = byPid.get(ancestor.parent);
    }
    if (ancestor) earlier.set(ancestor.pid, (earlier.get(ancestor.pid) ?? 0) + ended.cpuS + ended.endedS);
  }
  return earlier;
}

function identityOf({ pid, startedAt }: ComputerProcess): string {
  return `${pid} ${startedAt}`;
}

function descendantsOf(self: number, processes: readonly ComputerProcess[]): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found = new Set([self]);
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child); // a set grows while it is walked
  return found;
}

/**
 * Programs of container engines: they carry the stack's packets and start its commands. Names of Linux end after 15
 * characters.
 */
const ENGINE_PROGRAMS =
  /^(dockerd|containerd|containerd-shim.*|runc|crun|conmon|docker-proxy|rootlessport|slirp4netns)$/;

/** Returns whether a process belongs to a container engine, whose work is part of the stack's. */
export function isOfTheEngine(command: string): boolean {
  return ENGINE_PROGRAMS.test(command);
}

const VIRTUAL_MACHINES = /^(qemu-system|limactl|vfkit|krunkit|gvproxy|com\.apple\.Virtu|com\.docker|OrbStack|ssh$)/;

/** Returns whether a process is, or serves, a virtual machine: the stack's may be inside of it. */
export function isVirtualMachine(command: string): boolean {
  return VIRTUAL_MACHINES.test(command);
}
