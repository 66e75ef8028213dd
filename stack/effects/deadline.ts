/** Waits with an end. */
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
  const timer = new AbortController();
  const ends = signal ? AbortSignal.any([timer.signal, signal]) : timer.signal;
  const late = sleep(limitMs, undefined, { signal: ends }).then(
    () => {
      throw new Error(`${what} within ${limitMs} ms`);
    },
    (error: unknown) => {
      throw signal?.aborted ? interrupted(signal) : error;
    },
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
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
