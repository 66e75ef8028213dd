/** The smoke run: every scenario in short blocks, interleaved, within a time budget, with data that is always removed. */
import { performance } from "node:perf_hooks";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { Report } from "../core/progress.ts";
import type { Scenario } from "../core/scenario.ts";
import { Calibrator, type SyncWriteProbe } from "./calibration.ts";
import type { SmokeRun } from "./document.ts";
import { fingerprintOf, type StackFacts } from "./fingerprint.ts";
import { measureBlock } from "./loop.ts";
import { prepareAll, teardownAll, type Prepared } from "./prepare.ts";
import { orderOf, splitTime, type TimePlan } from "./schedule.ts";
import { Track, type NamedBench } from "./tracks.ts";

export interface SmokeOptions {
  readonly benches: readonly NamedBench[];
  readonly facts: StackFacts;
  readonly profile: string;
  /** Seconds for everything: set-up, calibration, blocks, teardown. */
  readonly budgetS: number;
  /** Loss that is still `meets`, as a fraction. */
  readonly margin: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Which scenarios; without it those of the smoke set. */
  readonly select?: (scenario: Scenario) => boolean;
  /** Receives what is known so far, after every block. */
  readonly onResult?: (partial: SmokeRun) => void | Promise<void>;
  /** Asked at each planned look: the scenarios that more blocks may decide. Without it the first look is the last. */
  readonly undecided?: (partial: SmokeRun) => readonly string[];
  /** Times synced writes on a data volume; see `ddProbe`. */
  readonly syncWrite?: SyncWriteProbe;
}

const STEP = "bench";
/** Share of the budget kept for teardown; blocks that would eat into it are not begun. */
const TEARDOWN_SHARE = 0.07;
/** The discarded block is as long as the warm-up: it pays for compiling, first page reads and plan caches. */
const WARM_BLOCK = -1;

/**
 * Measures. Failed scenarios are results, not errors. Rejects with INTERRUPTED when the signal fires, after the data are
 * removed; what was measured until then has gone to `onResult`.
 */
export async function runSmoke(options: SmokeOptions): Promise<SmokeRun> {
  const run = new Run(options);
  options.report({ kind: "step-started", id: STEP, title: "Smoke benchmarks", because: `${options.budgetS} s budget` });
  try {
    await run.measure();
  } catch (error) {
    options.report({
      kind: "step-failed",
      id: STEP,
      reason: options.signal.aborted ? "interrupted" : messageOf(error),
    });
    throw options.signal.aborted ? interrupted(error) : error;
  } finally {
    run.close();
    run.warn(...(await teardownAll(options.benches)));
  }
  const result = run.result();
  options.report({ kind: "step-done", id: STEP, detail: `${result.scenarios.length} scenarios, ${result.elapsedS} s` });
  return result;
}

class Run {
  readonly #options: SmokeOptions;
  readonly #tracks: readonly Track[];
  readonly #plan: TimePlan;
  readonly #startedAt = new Date();
  readonly #started = performance.now();
  readonly #warnings: string[] = [];
  readonly #calibrator: Calibrator;
  #prepared: Prepared = { failures: new Map(), durability: {} };
  #complete = false;

  constructor(options: SmokeOptions) {
    this.#options = options;
    this.#calibrator = new Calibrator(options.signal, options.syncWrite);
    const select = options.select ?? (({ smoke }: Scenario) => smoke);
    this.#tracks = options.benches.flatMap((bench) =>
      bench.bench.scenarios.filter(select).map((scenario) => new Track(scenario, bench)),
    );
    this.#plan = splitTime(options.budgetS, Math.max(1, this.#tracks.length));
    if (this.#plan.shortfall !== undefined) this.warn(this.#plan.shortfall);
  }

  warn(...texts: readonly string[]): void {
    for (const text of texts) this.#options.report({ kind: "warning", text });
    this.#warnings.push(...texts);
  }

  async measure(): Promise<void> {
    const { benches, signal } = this.#options;
    signal.throwIfAborted();
    this.#prepared = await prepareAll(benches, signal);
    for (const track of this.#tracks) {
      const failure = this.#prepared.failures.get(track.services[0] ?? "");
      if (failure !== undefined) track.fail(failure);
    }
    await this.#calibrator.start();
    const { warmupMs } = this.#plan;
    await this.#round(this.#tracks, WARM_BLOCK, { warmupMs: 1, windowMs: warmupMs });
    await this.#looks();
    await this.#calibrator.writes();
  }

  close(): void {
    this.#calibrator.close();
  }

  result(): SmokeRun {
    const { profile, budgetS, margin, facts } = this.#options;
    const { warmupMs, windowMs, looks, shortfall } = this.#plan;
    const calibration = this.#calibrator.result();
    return {
      startedAt: this.#startedAt.toISOString(),
      elapsedS: Math.round(this.#elapsedMs() / 10) / 100,
      profile,
      budgetS,
      margin,
      plan: { warmupMs, windowMs, looks: [...looks] },
      complete: this.#complete && shortfall === undefined,
      warnings: [...this.#warnings],
      fingerprint: fingerprintOf(facts, this.#prepared.durability),
      ...(calibration && { calibration }),
      scenarios: this.#tracks.map((track) => track.result()),
    };
  }

  /** The first look is for all; the later ones for what the caller still calls undecided. */
  async #looks(): Promise<void> {
    const [first = 1, ...later] = this.#plan.looks;
    this.#complete = await this.#blocksUpTo(first, this.#tracks);
    if (!this.#complete) {
      const least = Math.min(...this.#tracks.filter(({ failed }) => !failed).map(({ blocks }) => blocks));
      this.warn(
        `the budget of ${this.#options.budgetS} s ended after ${least} of ${first} blocks: no verdict is possible`,
      );
      return;
    }
    for (const look of later) {
      const names = this.#options.undecided?.(this.result()) ?? [];
      const open = this.#tracks.filter(({ scenario }) => names.includes(scenario.name));
      if (open.length === 0 || !(await this.#blocksUpTo(look, open))) return;
    }
  }

  /** False when the budget does not hold another round. */
  async #blocksUpTo(look: number, tracks: readonly Track[]): Promise<boolean> {
    const { budgetS } = this.#options;
    const endMs = budgetS * 1000 * (1 - TEARDOWN_SHARE);
    let roundMs = 0;
    for (;;) {
      const open = tracks.filter((track) => !track.failed && track.blocks < look);
      if (open.length === 0) return true;
      const before = this.#elapsedMs();
      if (before + Math.max(roundMs, open.length * this.#plan.windowMs) > endMs) return false;
      await this.#round(open, open[0]?.blocks ?? 0, this.#plan);
      roundMs = this.#elapsedMs() - before;
    }
  }

  async #round(
    tracks: readonly Track[],
    block: number,
    times: { readonly warmupMs: number; readonly windowMs: number },
  ): Promise<void> {
    const { signal, report, onResult } = this.#options;
    for (const track of orderOf(tracks, Math.max(0, block))) {
      if (track.failed) continue;
      await this.#calibrator.sample();
      const outcome = await measureBlock(track.scenario, { ...times, signal });
      if (block !== WARM_BLOCK || !outcome.ok) track.add(outcome);
      const detail = block === WARM_BLOCK ? "warm-up" : `block ${block + 1}`;
      report({ kind: "step-progress", id: STEP, detail: `${track.scenario.name}: ${outcome.ok ? detail : "failed"}` });
      await onResult?.(this.result());
    }
  }

  #elapsedMs(): number {
    return performance.now() - this.#started;
  }
}

function interrupted(cause: unknown): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: "The benchmarks were interrupted",
    why: "a signal arrived; their data were removed",
    fix: "Run the command again.",
    cause,
  });
}
