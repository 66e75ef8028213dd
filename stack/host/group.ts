/** Ends process groups: a command and everything it started. */

/** From the first signal to SIGKILL. */
const TERMINATION_GRACE_MS = 5_000;
/** The same for a command whose caller was interrupted, which has to end within 5 s itself. */
export const INTERRUPTED_GRACE_MS = 2_000;
const POLL_MS = 50;

/**
 * Sends `first` to the process group of `pid`, and SIGKILL after the grace. Resolves when no process of the group is
 * left.
 */
export async function endGroup(
  pid: number | undefined,
  first: NodeJS.Signals,
  graceMs = TERMINATION_GRACE_MS,
): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, first);
  const until = Date.now() + graceMs;
  while (Date.now() < until && signalGroup(pid, 0)) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  signalGroup(pid, "SIGKILL");
}

const started = new Set<number>();

/** From SIGTERM to SIGKILL where this process exits: nobody is left to look later. */
const EXIT_GRACE_MS = 300;
const EXIT_POLL_MS = 10;

/**
 * Ends the group of `pid` if this process exits before the returned function is called: a command that is
 * no longer waited for must not work on.
 */
export function endWithThisProcess(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  if (started.size === 0) process.once("exit", endStarted);
  started.add(pid);
  return () => {
    started.delete(pid);
    if (started.size === 0) process.off("exit", endStarted);
  };
}

function endStarted(): void {
  const groups = [...started].filter((pid) => signalGroup(pid, "SIGTERM"));
  const until = performance.now() + EXIT_GRACE_MS;
  while (performance.now() < until && groups.some((pid) => signalGroup(pid, 0))) blockFor(EXIT_POLL_MS);
  for (const pid of groups) signalGroup(pid, "SIGKILL");
}

/** Blocks this thread: no timer fires any more in a process that exits. */
function blockFor(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, durationMs);
}

/** Returns false if no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
