/** When a process was started, in the operating system's own words: together with its id it names a process for good. */
import { readFile } from "node:fs/promises";
import { runCommand } from "./run.ts";

const PS_DEADLINE_MS = 2_000;

/**
 * Undefined where it cannot be told; "ended" for a process that has ended and that nobody has waited for, as after a
 * kill below an init that reaps nothing. Linux: clock ticks since boot (proc(5), field 22 of stat); elsewhere `ps`.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
  } catch {
    const result = await runCommand(["ps", "-o", "lstart=", "-p", String(pid)], { timeoutMs: PS_DEADLINE_MS });
    const started = result.stdout.trim();
    return result.ok && started !== "" ? started : undefined;
  }
}
