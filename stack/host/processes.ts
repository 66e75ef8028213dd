/** The processes of this computer and the cpu time that they used, without their arguments, which may hold secrets. */
import { beginning } from "../core/printable.ts";
import type { Host } from "./host.ts";

export interface ComputerProcess {
  readonly pid: number;
  readonly parent: number;
  /** Tells a process from a later one with the same id; "" if the system does not tell. */
  readonly startedAt: string;
  /** "cc1", "Google Chrome". */
  readonly command: string;
  readonly cpuS: number;
  /** Cpu time of its children that have ended and were waited for, and of theirs; 0 if the system does not tell. */
  readonly endedS: number;
}

export type ProcessHost = Pick<Host, "platform" | "list" | "read" | "run">;

/** Ticks a second in /proc/<pid>/stat: part of the kernel's interface, 100 on every architecture. */
const TICKS = 100;
/** PF_KTHREAD of the kernel's linux/sched.h. */
const KERNEL_THREAD = 0x00200000;
const PS_DEADLINE_MS = 2_000;

/**
 * Resolves the processes that this user may see; empty if the system lists none. Without the kernel's own threads: they
 * work for whoever sends packets or writes files.
 */
export async function computerProcesses(host: ProcessHost): Promise<readonly ComputerProcess[]> {
  if (host.platform === "linux") {
    const pids = (await host.list("/proc")).filter((name) => /^\d+$/.test(name));
    const texts = await Promise.all(pids.map((pid) => readOrAbsent(host, `/proc/${pid}/stat`)));
    return texts.flatMap((text) => (text === undefined ? [] : (parseStat(text) ?? [])));
  }
  // `ps` writes the decimals of a time in the language of its reader.
  const argv = ["env", "LC_ALL=C", "ps", "-A", "-o", "pid=,ppid=,time=,comm="];
  const listed = await host.run(argv, { timeoutMs: PS_DEADLINE_MS });
  return listed.ok ? listed.stdout.split("\n").flatMap((line) => parsePs(line) ?? []) : [];
}

/** Resolves the text that names the control groups of a process, and by them its container; "" if there is none. */
export async function controlGroupsOf(host: ProcessHost, pid: number): Promise<string> {
  return host.platform === "linux" ? ((await readOrAbsent(host, `/proc/${pid}/cgroup`)) ?? "") : "";
}

/** A process that ends between opening and reading its file gives ESRCH. */
async function readOrAbsent(host: ProcessHost, path: string): Promise<string | undefined> {
  return host.read(path).catch(() => undefined);
}

/**
 * Parses /proc/<pid>/stat of proc(5). The command in brackets may contain spaces and brackets. Returns undefined for a
 * thread of the kernel.
 */
function parseStat(text: string): ComputerProcess | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  if (open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(" "); // begins with field 3
  const field = (number: number) => Number(fields[number - 3] ?? 0);
  if ((field(9) & KERNEL_THREAD) !== 0) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    startedAt: fields[22 - 3] ?? "",
    command: shownName(text.slice(open + 1, close)),
    cpuS: (field(14) + field(15)) / TICKS,
    endedS: (field(16) + field(17)) / TICKS,
  };
}

/** Parses "  812     1   1:02.50 /Applications/A Program.app/Contents/MacOS/A Program"; Linux: "1-02:03:04". */
function parsePs(line: string): ComputerProcess | undefined {
  const found = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s+(.+)$/.exec(line);
  if (!found) return undefined;
  const [, pid, parent, days = 0, hours = 0, minutes = 0, seconds = 0, path = ""] = found;
  return {
    pid: Number(pid),
    parent: Number(parent),
    startedAt: "",
    command: shownName(path.trim().split("/").at(-1) ?? ""),
    cpuS: ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds),
    endedS: 0,
  };
}

const COMMAND_MAXIMUM = 40;

/** A process chooses its own name, which goes to terminals and documents. */
function shownName(command: string): string {
  return beginning(command.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?"), COMMAND_MAXIMUM);
}
