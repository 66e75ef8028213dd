/** Ends process groups: a command and everything it started. */

/** From the first signal to SIGKILL. */
const TERMINATION_GRACE_MS = 5_000;
const POLL_MS = 50;

/**
 * Sends `first` to the process group of `pid`, and SIGKILL after the grace. Resolves when no process of the group is
 * left.
 */
export async function endGroup(pid: number | undefined, first: NodeJS.Signals): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, first);
  const until = Date.now() + TERMINATION_GRACE_MS;
  while (Date.now() < until && signalGroup(pid, 0)) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  signalGroup(pid, "SIGKILL");
}

/** Returns false if no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
