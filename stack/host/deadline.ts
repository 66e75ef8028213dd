/**
 * Waits with an end: the one limit for work that has none of its own. p-timeout is not used, since it counts the time in
 * which the process was stopped: after Ctrl-Z, or a computer that slept, every wait would be over at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../core/errors.ts";

/**
 * Settles as `work` does, or rejects with `what` when `limitMs` is over first, or with INTERRUPTED as soon as `signal`
 * comes; the work itself goes on unheard.
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

/** A deadline is waited for in parts of this: what counts of the time in which the process was stopped, at most. */
const PART_MS = 500;

export interface Deadline {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  readonly forget: () => void;
}

/**
 * Counts the time in which this process runs: one that was stopped (Ctrl-Z, a computer that slept) finds the answer that
 * came meanwhile, and not a deadline that is long over.
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

/** Pauses, and rejects with INTERRUPTED as soon as the run is aborted. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch {
    throw interrupted(signal);
  }
}

/** Why a run ended: the error that aborted it, or INTERRUPTED. */
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
