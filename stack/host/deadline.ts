/**
 * Waits with a deadline, for work that has none. p-timeout is not used, because it also counts the time in which the
 * process was stopped: after Ctrl-Z or a computer's sleep, every wait would end at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../core/errors.ts";

/**
 * Settles as `work` does. Rejects with `what` after `limitMs`, or with INTERRUPTED as soon as `signal` fires; the work
 * then continues, and its result is ignored.
 */
export async function withDeadline<Result>(
  work: Promise<Result>,
  limitMs: number,
  what: string,
  signal?: AbortSignal,
): Promise<Result> {
  const deadline = startDeadline(limitMs);
  const ends = signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal;
  const late = new Promise<never>((_resolve, reject) => {
    const end = () => reject(signal?.aborted ? interrupted(signal) : new Error(`${what} within ${limitMs} ms`));
    if (ends.aborted) end();
    else ends.addEventListener("abort", end, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    deadline.forget();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}

/** A deadline waits in parts of this length; a stop of the process counts as one part at most. */
const PART_MS = 500;

export interface Deadline {
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
  readonly forget: () => void;
}

/**
 * Starts a deadline that counts only the time in which this process runs. After a stop (Ctrl-Z, a computer's sleep), an
 * answer that arrived meanwhile wins over the deadline.
 */
export function startDeadline(limitMs: number): Deadline {
  const controller = new AbortController();
  let leftMs = limitMs;
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const partMs = Math.min(leftMs, PART_MS);
    const due = performance.now() + partMs;
    timer = setTimeout(() => {
      const wasStopped = performance.now() - due > PART_MS;
      leftMs = wasStopped ? Math.max(leftMs - partMs, PART_MS) : leftMs - partMs;
      if (leftMs > 0) wait();
      else controller.abort();
    }, partMs);
  };
  wait();
  return { signal: controller.signal, forget: () => clearTimeout(timer) };
}

/** Waits, and rejects with INTERRUPTED as soon as the run is aborted. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch {
    throw interrupted(signal);
  }
}

/** Returns why a run ended: the error that aborted it, or INTERRUPTED. */
export function interrupted(signal: AbortSignal): PlumblineError {
  if (signal.reason instanceof PlumblineError) return signal.reason;
  return new PlumblineError("INTERRUPTED", {
    what: "Ended before it was complete",
    why: "the run was interrupted",
    fix: "Run the command again; it continues where this one stopped",
  });
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted(signal);
}
