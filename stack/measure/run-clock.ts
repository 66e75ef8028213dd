/** The time of one run: what has passed, and what is left before its teardown has to begin. */
import { performance } from "node:perf_hooks";

/** Share of the budget reserved for teardown; no block begins that would exceed the rest. */
const TEARDOWN_SHARE = 0.07;

export class RunClock {
  readonly startedAt = new Date();
  readonly #started = performance.now();
  readonly #budgetEndMs: number;
  readonly #teardownMs: number;
  #endMs: number;
  #pausedMs = 0;

  /** `untilDecidedS`: seconds that the run may have in all, if it is not decided within the budget. */
  constructor(budgetS: number, untilDecidedS = 0) {
    this.#teardownMs = budgetS * 1000 * TEARDOWN_SHARE;
    this.#budgetEndMs = budgetS * 1000 - this.#teardownMs;
    this.#endMs = Math.max(budgetS, untilDecidedS) * 1000 - this.#teardownMs;
  }

  /** Milliseconds since the start, without pauses. */
  get elapsedMs(): number {
    return performance.now() - this.#started - this.#pausedMs;
  }

  /** Milliseconds until the teardown has to begin; negative after that. */
  get leftMs(): number {
    return this.#endMs - this.elapsedMs;
  }

  /** The same within the budget, whatever the run may have beyond it. */
  get leftInBudgetMs(): number {
    return this.#budgetEndMs - this.elapsedMs;
  }

  /** The share of the time that has passed, from 0 to 1. */
  get share(): number {
    return Math.min(1, this.elapsedMs / this.#endMs);
  }

  /** Lets the run go on for `seconds` from now. */
  extend(seconds: number): void {
    this.#endMs = this.elapsedMs + seconds * 1000;
  }

  /** Takes this time back: nothing was measured in it. */
  leaveOut(durationMs: number): void {
    this.#pausedMs += durationMs;
  }

  /** Stops the clock until `work` has settled. */
  async paused<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = performance.now();
    try {
      return await work();
    } finally {
      this.#pausedMs += performance.now() - before;
    }
  }

  /** Returns the budget for `seconds` of measuring and a teardown. */
  withTeardownS(seconds: number): number {
    return seconds * (1 + TEARDOWN_SHARE);
  }
}
