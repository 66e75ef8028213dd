/** The processes that a command started, found by a variable of their environment that all of them inherit. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

export const MARK = "PLUMBLINE_ENDS";
const POLL_MS = 25;

export interface Member {
  readonly pid: number;
  readonly line: string;
}

/** Resolves the living processes with this mark; without those that have ended and were not waited for. */
export async function familyOf(mark: string): Promise<readonly Member[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(pids.map((pid) => memberOf(Number(pid), `${MARK}=${mark}`)));
  return members.flatMap((member) => member ?? []);
}

async function memberOf(pid: number, variable: string): Promise<Member | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1"); // empty for one that has ended
    if (!environment.split("\0").includes(variable)) return undefined;
    const line = (await readFile(`/proc/${pid}/cmdline`, "latin1")).replaceAll("\0", " ").trim();
    return line === "" ? undefined : { pid, line };
  } catch {
    return undefined; // gone meanwhile, or another user's
  }
}

/** Resolves once none is left: the milliseconds that it took; those that are left at the limit, otherwise. */
export async function untilNoneIsLeft(
  mark: string,
  limitMs: number,
  outlives?: RegExp,
): Promise<{ readonly tookMs: number; readonly left: readonly Member[] }> {
  const startedAt = performance.now();
  for (;;) {
    const left = (await familyOf(mark)).filter(({ line }) => outlives?.test(line) !== true);
    const tookMs = performance.now() - startedAt;
    if (left.length === 0 || tookMs > limitMs) return { tookMs, left };
    await pause(POLL_MS);
  }
}

/** The npm of `npm run`, which shows its command as its title. */
export function isNpm({ line }: Member): boolean {
  return line.startsWith("npm run ");
}

/** The process of the command itself, and none of a shell around it. */
export function isCommand({ line }: Member): boolean {
  return /^(\S*\/)?node (\S* )*scripts\/bootstrap\.mjs/.test(line);
}

/** Sends a signal; a process that is gone needs none. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
