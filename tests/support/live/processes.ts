/** The processes of this computer, as everybody who is logged in can see them. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 5;

/** False where processes cannot be looked at: tests that need it are skipped. */
export const canSeeProcesses = existsSync("/proc/self/cmdline");

/** The command lines of all processes, blanks between the arguments. */
export async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", " ").trim()).filter((line) => line !== "");
}

/** Every command line that exists at some moment while the work runs, and what the work answers. */
export async function watchCommandLines<Result>(
  work: Promise<Result>,
): Promise<{ readonly seen: ReadonlySet<string>; readonly result: Result }> {
  const seen = new Set<string>();
  const over = new AbortController();
  const watching = watch(seen, over.signal);
  try {
    return { seen, result: await work };
  } finally {
    over.abort();
    await watching;
  }
}

async function watch(seen: Set<string>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    for (const line of await commandLines()) seen.add(line);
    await sleep(POLL_MS);
  }
}
