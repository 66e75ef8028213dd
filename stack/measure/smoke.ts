/**
 * The smoke run: measures every scenario in short, interleaved blocks within a time budget, and always removes its
 * data.
 */
import { performance } from "node:perf_hooks";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { Report } from "../core/progress.ts";
import type { Scenario } from "../core/service/scenario.ts";
import { Calibrator } from "./calibration/calibration.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { markImpossible } from "../judge/expectation/bounds.ts";
import { fingerprintOf, type StackFacts } from "../judge/fingerprint.ts";
import { measureBlock, type BlockOptions } from "./block.ts";
import { probeTimeMs, type Inside } from "./calibration/inside.ts";
import { methodOf, threadsOf, underLoad, type Load } from "../load/load.ts";
import { LoadToolRuns } from "./load-tools.ts";
import { prepareAll, teardownAll, type Prepared } from "./prepare.ts";
import type { Sampler } from "./samples/sampling.ts";
import { orderOf, splitTime, type TimePlan } from "./schedule.ts";
import type { LoadThreads } from "../load/threads.ts";
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
  /** Also measures with the servers' own load tools, in their containers. */
  readonly loadTools?: boolean;
  /** Selects the scenarios; absent for the smoke set. */
  readonly select?: (scenario: Scenario) => boolean;
  /** Replaces the load that the scenarios specify. */
  readonly load?: Load;
  /** Threads for the load, in addition to this one. */
  readonly threads?: LoadThreads;
  /** Receives the partial result after every block. */
  readonly onResult?: (partial: SmokeRun) => void | Promise<void>;
  /**
   * Called at each planned look; returns the scenarios that more blocks may decide. If absent, the first look is the
   * last.
   */
  readonly undecided?: (partial: SmokeRun) => readonly string[];
  /** A container of the stack, to measure the machine from inside. */
  readonly inside?: Inside;
  /** Measure the machine at length, for a baseline, instead of within a share of the budget. */
  readonly thoroughProbes?: boolean;
  /** Samples the containers' usage meanwhile. */
  readonly sampler?: Sampler;
}

const STEP = "bench";
/** Share of the budget reserved for teardown; no block begins that would exceed the rest. */
const TEARDOWN_SHARE = 0.07;
/** Rounds of blocks between two samples of synced writes; each sample is a command in a container. */
const WRITES_EVERY = 3;
/** The discarded block is as long as the warm-up: it covers compiling, first page reads and plan caches. */
const WARM_BLOCK = -1;
/** The servers need the memory of an 8 GiB machine; the process that measures them may use 4 %. */
const RSS_LIMIT_MIB = 300;
const KIB_PER_MIB = 1024;

/**
 * Measures. Failed scenarios are results, not errors. When the signal fires, removes the data and rejects with
 * INTERRUPTED; `onResult` has received the partial result.
 */
export async function runSmoke(options: SmokeOptions): Promise<SmokeRun> {
  const run = new Run(options);
  const title = options.select ? "Benchmarks" : "Smoke benchmarks";
  options.report({ kind: "step-started", id: STEP, title, because: `${options.budgetS} s budget` });
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
    await run.close();
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
  readonly #load: Load;
  readonly #startedAt = new Date();
  readonly #started = performance.now();
  readonly #warnings: string[] = [];
  readonly #calibrator: Calibrator;
  readonly #probeMs: number;
  readonly #loadTools: LoadToolRuns;
  #prepared: Prepared = { failures: new Map(), durability: {} };
  #complete = false;

  constructor(options: SmokeOptions) {
    this.#options = options;
    this.#load = options.load ?? {};
    this.#probeMs = options.inside ? probeTimeMs(options.budgetS, options.thoroughProbes ?? false) : 0;
    this.#calibrator = new Calibrator({
      signal: options.signal,
      inside: options.inside,
      roundTrips: options.benches.flatMap(({ service, bench }) =>
        bench.openRoundTrip ? [{ service, open: bench.openRoundTrip }] : [],
      ),
    });
    const select = options.select ?? (({ smoke }: Scenario) => smoke);
    this.#tracks = options.benches.flatMap((bench) =>
      bench.bench.scenarios
        .filter(select)
        .map((scenario) => new Track(underLoad(scenario, this.#load), bench, this.#load)),
    );
    this.#loadTools = new LoadToolRuns(options.loadTools ? this.#tracks : [], options);
    const blocksS = options.budgetS - this.#probeMs / 1000 - this.#loadTools.reservedS;
    this.#plan = splitTime(blocksS, Math.max(1, this.#tracks.length));
    for (const text of [this.#plan.shortfall, this.#loadTools.shortfall]) if (text !== undefined) this.warn(text);
  }

  warn(...texts: readonly string[]): void {
    for (const text of texts) this.#options.report({ kind: "warning", text });
    this.#warnings.push(...texts);
  }

  async measure(): Promise<void> {
    const { benches, signal } = this.#options;
    signal.throwIfAborted();
    this.#prepared = await prepareAll(
      benches,
      this.#tracks.map(({ scenario }) => scenario),
      signal,
    );
    for (const track of this.#tracks) {
      const { failures } = this.#prepared;
      const failure = failures.get(track.services[0] ?? "") ?? failures.get(track.scenario.name);
      if (failure !== undefined) track.fail(failure);
    }
    await this.#calibrator.start();
    const { warmupMs } = this.#plan;
    await this.#round(this.#tracks, WARM_BLOCK, { warmupMs: 1, windowMs: warmupMs });
    await this.#looks();
    await this.#options.sampler?.finish();
    await this.#calibrator.writes();
    if (peakRssMib() > RSS_LIMIT_MIB) {
      this.warn(`the load generator held ${peakRssMib()} MiB of memory, over ${RSS_LIMIT_MIB}: the servers had less`);
    }
  }

  close(): Promise<void> {
    return this.#calibrator.close();
  }

  result(): SmokeRun {
    const resources = this.#options.sampler?.result();
    return { ...this.#unsampled(), ...(resources && { resources }) };
  }

  /** Without the samples, which grow with every block: writing them each time would take time from other blocks. */
  #unsampled(): SmokeRun {
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
      fingerprint: fingerprintOf(facts, this.#prepared.durability, methodOf(this.#load)),
      settings: Object.fromEntries(Object.entries(facts.settings).map(([service, values]) => [service, { ...values }])),
      ...(calibration && { calibration }),
      loaderPeakRssMib: peakRssMib(),
      scenarios: this.#tracks.map((track) => markImpossible(track.result(), calibration)),
    };
  }

  /**
   * The first look is for all scenarios, later looks for scenarios that the caller calls undecided. The long machine probes
   * run in between: before the first look they could cost the blocks that a verdict needs, and at the end the verdict
   * would lack them.
   */
  async #looks(): Promise<void> {
    const [first = 1, ...later] = this.#plan.looks;
    this.#complete = await this.#blocksUpTo(first, this.#tracks);
    if (!this.#complete) {
      const least = Math.min(...this.#tracks.filter(({ failed }) => !failed).map(({ blocks }) => blocks));
      const neededS = (this.#elapsedMs() / 1000 / (least + 1)) * (first + 1) * (1 + TEARDOWN_SHARE);
      this.warn(
        `the budget of ${this.#options.budgetS} s ended after ${least} of ${first} blocks: no verdict is possible; ` +
          `at the pace of this machine now ${Math.ceil(neededS)} s would do`,
      );
      return;
    }
    await this.#apart(() => this.#calibrator.probe(this.#probeMs, this.#blocksEndMs - this.#elapsedMs()));
    for (const look of later) {
      const names = this.#options.undecided?.(this.result()) ?? [];
      const open = this.#tracks.filter(({ scenario }) => names.includes(scenario.name));
      if (open.length === 0 || !(await this.#blocksUpTo(look, open))) return;
    }
  }

  /** Resolves to false if the budget does not allow another round. */
  async #blocksUpTo(look: number, tracks: readonly Track[]): Promise<boolean> {
    let roundMs = 0;
    for (;;) {
      const open = tracks.filter((track) => !track.failed && track.blocks < look);
      if (open.length === 0) return true;
      const block = open[0]?.blocks ?? 0;
      const before = this.#elapsedMs();
      const neededMs = Math.max(roundMs, open.length * this.#plan.windowMs) + this.#loadTools.expectedMs(open, block);
      if (before + neededMs > this.#blocksEndMs) return false;
      if (block % WRITES_EVERY === 0) await this.#apart(() => this.#calibrator.writes());
      else await this.#options.sampler?.round();
      const loadToolMs = await this.#round(open, block, this.#plan);
      roundMs = this.#elapsedMs() - before - loadToolMs;
    }
  }

  /** Resolves to the milliseconds that the servers' own load tools took. */
  async #round(
    tracks: readonly Track[],
    block: number,
    times: { readonly warmupMs: number; readonly windowMs: number },
  ): Promise<number> {
    const { signal, report, onResult, sampler } = this.#options;
    let loadToolMs = 0;
    for (const [index, track] of orderOf(tracks, Math.max(0, block)).entries()) {
      if (track.failed) continue;
      if (this.#elapsedMs() > this.#blocksEndMs) break;
      await this.#calibrator.sample(...track.services.slice(0, 1));
      const { scenario, services, counters } = track;
      const toRead = { scenario: scenario.name, services, counters, isKept: block !== WARM_BLOCK };
      const readings = sampler && { readings: await sampler.block(toRead) };
      const outcome = await measureBlock(scenario, { ...times, ...this.#how(scenario), ...readings, signal });
      if (block !== WARM_BLOCK || !outcome.ok) track.add(outcome);
      const stage = block === WARM_BLOCK ? "warm-up" : `block ${block + 1}`;
      const detail = `${stage}, ${index + 1} of ${tracks.length}: ${track.scenario.name}${outcome.ok ? "" : " failed"}`;
      report({ kind: "step-progress", id: STEP, detail });
      if (this.#options.loadTools) loadToolMs += await this.#apart(() => this.#loadTools.after(track, block));
      await onResult?.(this.#unsampled());
    }
    return loadToolMs;
  }

  /** The time at which only the teardown's share of the budget is left. */
  get #blocksEndMs(): number {
    return this.#options.budgetS * 1000 * (1 - TEARDOWN_SHARE);
  }

  /** Runs work in the containers that must not count as their idle use. */
  #apart<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#options.sampler?.apart(work) ?? work();
  }

  #how(scenario: Scenario): Pick<BlockOptions, "ratePerS" | "threads"> {
    const { threads } = this.#options;
    const { ratePerS } = this.#load;
    const count = threadsOf(scenario, this.#load);
    return {
      ...(ratePerS === undefined ? {} : { ratePerS }),
      ...(threads && count > 1 ? { threads: { pool: threads, count } } : {}),
    };
  }

  #elapsedMs(): number {
    return performance.now() - this.#started;
  }
}

/** Peak of the whole process since its start; the kernel reports KiB. */
function peakRssMib(): number {
  return Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB);
}

function interrupted(cause: unknown): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: "The benchmarks were interrupted",
    why: "a signal arrived; their data were removed",
    fix: "Run the command again.",
    cause,
  });
}
