/**
 * The start time of a process, in the operating system's format: with the process id, it identifies a process uniquely.
 */
import { readFile } from "node:fs/promises";
import { runCommand } from "./run.ts";

const PS_DEADLINE_MS = 2_000;

/**
 * Returns undefined if the start time is unknown, and "ended" for a zombie: a process that has ended but was not waited
 * for, as after a kill under an init that does not reap. Linux: clock ticks since boot (proc(5), field 22 of stat);
 * elsewhere `ps`.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets, and may contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
  } catch {
    const result = await runCommand(["ps", "-o", "lstart=", "-p", String(pid)], { timeoutMs: PS_DEADLINE_MS });
    const started = result.stdout.trim();
    return result.ok && started !== "" ? started : undefined;
  }
}
