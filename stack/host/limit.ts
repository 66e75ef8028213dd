/** A limit for work that has none of its own. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Limit {
  readonly deadlineMs: number;
  /** What is waited for, as the subject of "took longer than". */
  readonly what: string;
  readonly signal?: AbortSignal;
}

/** Answers as `work` does; rejects at the deadline, or when the signal fires. The work itself is not cancelled. */
export async function within<T>(work: Promise<T>, limit: Limit): Promise<T> {
  const timer = new AbortController();
  const stop = limit.signal === undefined ? timer.signal : AbortSignal.any([timer.signal, limit.signal]);
  const late = sleep(limit.deadlineMs, undefined, { signal: stop }).then(() => {
    throw new Error(`${limit.what} took longer than ${limit.deadlineMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}
