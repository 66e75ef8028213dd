/** Cpu of the container engine's own processes: they carry the stack's packets and write its logs. */
import { readdirSync, readFileSync } from "node:fs";
import { computerProcesses, type ProcessHost } from "../../host/processes.ts";
import { isOfTheEngine } from "./process-use.ts";

/** One process for each container, which only waits for its end: half of the files to read, and no cpu. */
const WAITING = /^containerd-shim/;
const NANOSECONDS = 1e9;

/** Returns the cpu time of these processes since their start, in seconds. */
export type EngineCpu = () => number;

/**
 * Resolves what reads the cpu time of the engine's processes on this computer; undefined if there are none, or if the
 * kernel does not count in nanoseconds. A tenth of a second is too short for the ticks of /proc/<pid>/stat, so the
 * threads' schedstat is read: about 100 files, in 1.6 ms. Nothing may run meanwhile, so they are read at once.
 */
export async function engineCpu(host: ProcessHost): Promise<EngineCpu | undefined> {
  if (host.platform !== "linux") return undefined;
  const processes = await computerProcesses(host).catch(() => []);
  const pids = processes
    .filter(({ command }) => isOfTheEngine(command) && !WAITING.test(command))
    .map(({ pid }) => pid);
  const read = () => pids.reduce((total, pid) => total + cpuOf(pid), 0);
  return read() > 0 ? read : undefined;
}

/** Returns 0 for a process that has ended: its time is missing from the later reading too. */
function cpuOf(pid: number): number {
  try {
    const tasks = `/proc/${pid}/task`;
    return readdirSync(tasks).reduce((total, thread) => total + threadCpu(`${tasks}/${thread}/schedstat`), 0);
  } catch {
    return 0;
  }
}

/** The first number is the time on a cpu, in nanoseconds; see the kernel's documentation of sched-stats. */
function threadCpu(path: string): number {
  try {
    const [ran = ""] = readFileSync(path, "utf8").split(" ");
    return Number(ran) / NANOSECONDS;
  } catch {
    return 0; // it ended meanwhile
  }
}
