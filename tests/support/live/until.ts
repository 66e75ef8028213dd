/** Waiting in tests: for a state, never for a time. */
import { setTimeout as sleep } from "node:timers/promises";

/** Longer than anything that a test waits for on a busy two-core machine. */
const DEADLINE_MS = 100_000;
/** Short, because some states that tests wait for last only milliseconds. */
const POLL_MS = 3;

/** Polls until it is so. Rejects with `what` after the deadline, or with what the check rejects with. */
export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`still not so after ${DEADLINE_MS} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
