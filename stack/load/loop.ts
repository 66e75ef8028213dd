/** Shared by both loops: the times of a block, the operations in flight with their deadline, and the result. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Histogram } from "hdr-histogram-js";
import { watchLoader, type LoaderUse } from "./loader.ts";

/** A longer operation is a stall, not a sample: the slowest operation of the catalogue takes a third of a second. */
const OPERATION_DEADLINE_MS = 10_000;
/** A block ends after this many failed operations: more would only repeat the reason. */
const ERRORS_KEPT = 10;
/**
 * Interval for checking operations in flight against their deadline: a timer for each would cost more than a fast GET.
 */
const WATCH_EVERY_MS = 50;

export interface LoopOptions {
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly signal: AbortSignal;
  /** Replaces the built-in deadline of one operation. */
  readonly operationDeadlineMs?: number;
}

/** Measurements of one thread's clients in one block. */
export interface Measured {
  readonly histogram: Histogram;
  /** Operations a second. */
  readonly throughput: number;
  /** Sum of all latencies. */
  readonly latencyMs: number;
  /** Completed operations, also those of the warm-up, which the histogram leaves out. */
  readonly allOperations: number;
  readonly use: LoaderUse;
}

export interface Failure {
  readonly ok: false;
  readonly reason: string;
  readonly errors: number;
}

export type LoopOutcome<Found = Measured> = { readonly ok: true; readonly measured: Found } | Failure;

/** The operations in flight and the failures of one block. */
export class Flight {
  /** Start of each client's operation; undefined between operations. */
  readonly started: (number | undefined)[];
  stopped = false;
  errors = 0;
  #firstError: string | undefined;

  constructor(clients: number) {
    this.started = Array.from({ length: clients }, () => undefined);
  }

  fail(reason: string, count = 1): void {
    this.errors += count;
    this.#firstError ??= reason;
    if (this.errors >= ERRORS_KEPT) this.stopped = true;
  }

  failure(): Failure | undefined {
    if (this.#firstError === undefined) return undefined;
    return { ok: false, reason: this.#firstError, errors: this.errors };
  }

  /** Resolves when the block must end early: aborted, or an operation exceeded its deadline. */
  async watch(options: LoopOptions, done: AbortSignal): Promise<void> {
    const deadlineMs = options.operationDeadlineMs ?? OPERATION_DEADLINE_MS;
    const either = AbortSignal.any([done, options.signal]);
    while (!done.aborted) {
      await sleep(WATCH_EVERY_MS, undefined, { signal: either }).catch(() => undefined);
      if (options.signal.aborted) return;
      const now = performance.now();
      const late = this.started.filter((started) => started !== undefined && now - started > deadlineMs);
      if (late.length === 0) continue;
      this.fail(`no answer within ${deadlineMs} ms`, late.length);
      return;
    }
  }
}

/**
 * Runs the clients of a block until they end, an operation exceeds its deadline or the signal fires, and watches this
 * thread meanwhile. Resolves to what the loader used; rejects with the signal's reason.
 */
export async function runClients(flight: Flight, options: LoopOptions, clients: Promise<unknown>): Promise<LoaderUse> {
  const watching = new AbortController();
  const watchdog = flight.watch(options, watching.signal);
  const loader = observeWindow(options, watching.signal);
  try {
    await Promise.race([clients, watchdog]);
  } finally {
    flight.stopped = true;
    watching.abort();
  }
  options.signal.throwIfAborted();
  return loader;
}

/** Watches the loader during the window only: without the warm-up, connecting and closing. */
async function observeWindow(options: LoopOptions, done: AbortSignal): Promise<LoaderUse> {
  const either = AbortSignal.any([done, options.signal]);
  const until = (ms: number) => sleep(ms, undefined, { signal: either }).catch(() => undefined);
  await until(options.warmupMs);
  const stop = watchLoader();
  await until(options.windowMs);
  return stop();
}
