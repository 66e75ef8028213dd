/**
 * The smoke run: measures every scenario in short, interleaved blocks within a time budget, and always removes its
 * data.
 */
import { messageOf } from "../core/errors.ts";
import type { Scenario } from "../core/service/scenario.ts";
import { Calibrator } from "./calibration/calibration.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { markImpossible } from "../judge/expectation/bounds.ts";
import { fingerprintOf } from "../judge/fingerprint.ts";
import { measureBlock, type BlockOptions, type BlockOutcome } from "./block.ts";
import { probeTimeMs } from "./calibration/inside.ts";
import { methodOf, threadsOf, type Load } from "../load/load.ts";
import { LoadToolRuns } from "./load-tools.ts";
import { prepareAll, teardownAll, type Prepared } from "./prepare.ts";
import { askedFor } from "./extension.ts";
import { chosenFor, fitRun, planRun, serviceOf, tracksOf, type RunPlan } from "./run-plan.ts";
import { OwnMemory } from "./own-memory.ts";
import { RunClock } from "./run-clock.ts";
import { blockDetail, tooShort } from "./run-progress.ts";
import { interrupted } from "./interrupted.ts";
import { hurried, orderOf } from "./schedule.ts";
import type { SmokeOptions } from "./smoke-options.ts";
import { Stops } from "./stops.ts";
import type { Track } from "./tracks.ts";
import { byService, restOf, TRIAL_MS, WarmUp } from "./warm-up.ts";

const STEP = "bench";
type Times = Pick<BlockOptions, "warmupMs" | "windowMs" | "readings">;
type Round = { readonly block: number; readonly look: number; readonly times: Times };

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
  readonly #load: Load;
  readonly #clock: RunClock;
  readonly #warnings: string[] = [];
  readonly #calibrator: Calibrator;
  readonly #probeMs: number;
  readonly #loadTools: LoadToolRuns;
  readonly #warmUp = new WarmUp();
  readonly #memory = new OwnMemory();
  readonly #stops = new Stops((lostMs) => this.#clock.leaveOut(lostMs));
  #plan: RunPlan;
  #prepared: Prepared = { failures: new Map(), durability: {} };
  #complete = false;
  #mayExtend = true;

  constructor(options: SmokeOptions) {
    this.#options = options;
    this.#load = options.load ?? {};
    this.#clock = new RunClock(options.budgetS, options.untilDecidedS);
    this.#probeMs = options.inside ? probeTimeMs(options.budgetS, options.thoroughProbes ?? false) : 0;
    this.#calibrator = new Calibrator({
      signal: options.signal,
      inside: options.inside,
      volumes: options.volumes ?? [],
      roundTrips: options.benches.flatMap(({ service, bench }) =>
        bench.openRoundTrip ? [{ service, open: bench.openRoundTrip }] : [],
      ),
    });
    const all = tracksOf(options, this.#load);
    const measuringS = options.budgetS - this.#probeMs / 1000;
    const chosen = chosenFor(all, measuringS);
    this.#loadTools = new LoadToolRuns(options.loadTools ? chosen : [], options);
    this.#plan = planRun(chosen, measuringS - this.#loadTools.reservedS, all);
    this.warn(...this.#plan.warnings);
    for (const text of [this.#plan.time.shortfall, this.#loadTools.shortfall]) if (text !== undefined) this.warn(text);
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
      this.#plan.tracks.map(({ scenario }) => scenario),
      signal,
    );
    for (const track of this.#plan.tracks) {
      const { failures } = this.#prepared;
      const failure = failures.get(serviceOf(track)) ?? failures.get(track.scenario.name);
      if (failure !== undefined) track.fail(failure);
    }
    await this.#calibrator.start();
    await this.#warm();
    await this.#looks();
    await this.#options.sampler?.finish();
    await this.#calibrator.writes();
    this.warn(...this.#memory.warnings(), ...this.#stops.warnings());
  }

  close(): Promise<void> {
    this.#stops.end();
    return this.#calibrator.close();
  }

  result(): SmokeRun {
    const resources = this.#options.sampler?.result();
    return { ...this.#unsampled(), ...(resources && { resources }) };
  }

  /** Without the samples, which grow with every block: writing them each time would take time from other blocks. */
  #unsampled(): SmokeRun {
    const { profile, budgetS, margin, facts } = this.#options;
    const { warmupMs, windowMs, looks, shortfall } = this.#plan.time;
    const calibration = this.#calibrator.result();
    return {
      startedAt: this.#clock.startedAt.toISOString(),
      elapsedS: Math.round(this.#clock.elapsedMs / 10) / 100,
      profile,
      budgetS,
      margin,
      plan: { warmupMs, windowMs, looks: [...looks], warmedMs: this.#warmUp.spentMs },
      complete: this.#complete && shortfall === undefined,
      warnings: [...this.#warnings],
      fingerprint: fingerprintOf(facts, this.#prepared.durability, methodOf(this.#load)),
      settings: Object.fromEntries(Object.entries(facts.settings).map(([service, values]) => [service, { ...values }])),
      ...(calibration && { calibration }),
      loaderPeakRssMib: this.#memory.look(),
      ...this.#stops.result(),
      scenarios: this.#plan.tracks.map((track) => markImpossible(track.result(), calibration)),
    };
  }

  /**
   * Loads every service until its client library is compiled, one scenario after the other: they may share a queue or a
   * table. Then each has a short block of its own. Nothing of it counts, except failures, and how long a block takes
   * beside its load: the plan is fitted to that.
   */
  async #warm(): Promise<void> {
    const { tracks, time } = this.#plan;
    for (const [service, own] of byService(tracks)) {
      if (this.#clock.leftMs < 0) return;
      const windowMs = Math.round(time.serviceWarmupMs / own.length);
      for (const track of own) await this.#apart(() => this.#block(track, { warmupMs: 1, windowMs }));
      this.#warmUp.addLoad(service, time.serviceWarmupMs);
      this.#progress(`warm-up, ${service}`);
    }
    let fitted = await this.#tried(tracks);
    // A busy moment must not cost a scenario: the trials are repeated before any is left out.
    if (fitted.tracks.length < tracks.length) fitted = await this.#tried(tracks);
    this.#plan = fitted;
    this.warn(...fitted.warnings.filter((text) => !this.#warnings.includes(text)));
  }

  /** Gives every scenario a short block; resolves to the plan that fits what these take beside their load. */
  async #tried(tracks: readonly Track[]): Promise<RunPlan> {
    for (const track of tracks) {
      if (this.#clock.leftMs < 0) break;
      const before = this.#clock.elapsedMs;
      await this.#measured(track, { warmupMs: 1, windowMs: TRIAL_MS }, false);
      this.#warmUp.addTrial(track, this.#clock.elapsedMs - before);
      await this.#options.onResult?.(this.#unsampled());
    }
    const leftMs = this.#clock.leftInBudgetMs - this.#probeMs - 1000 * this.#loadTools.reservedS;
    return fitRun(this.#plan, leftMs, (track) => this.#warmUp.overheadMs(track));
  }

  /**
   * The first look is for all scenarios, later looks for scenarios that the caller calls undecided. The long machine probes
   * run in between: before the first look they could cost the blocks that a verdict needs, and at the end the verdict
   * would lack them.
   */
  async #looks(): Promise<void> {
    await restOf(this.#plan.tracks, this.#options.sampler, this.#options.signal);
    const [first = 1, ...later] = this.#plan.time.looks;
    this.#complete = await this.#blocksUpTo(first, this.#plan.tracks);
    if (!this.#complete) {
      const least = Math.min(...this.#plan.tracks.filter(({ failed }) => !failed).map(({ blocks }) => blocks));
      this.warn(tooShort(this.#options.budgetS, least, first, this.#clock));
      return;
    }
    await this.#apart(() => this.#calibrator.probe(this.#probeMs, this.#clock.leftMs));
    for (const look of later) {
      const names = this.#options.undecided?.(this.result()) ?? [];
      const open = this.#plan.tracks.filter(({ scenario }) => names.includes(scenario.name));
      if (open.length === 0) return;
      if (await this.#blocksUpTo(look, open)) continue;
      if (!(await this.#isExtended()) || !(await this.#blocksUpTo(look, open))) return;
    }
  }

  /** Asks once in a run whether to measure on; resolves to true if there is more time now. */
  async #isExtended(): Promise<boolean> {
    const { extension, signal } = this.#options;
    if (!extension || !this.#mayExtend) return false;
    this.#mayExtend = false;
    const answer = await askedFor(extension, this.result(), this.#clock);
    signal.throwIfAborted();
    return answer;
  }

  /** Resolves to false if the budget does not allow another round. */
  async #blocksUpTo(look: number, tracks: readonly Track[]): Promise<boolean> {
    let overheadMs = 0;
    for (;;) {
      const open = tracks.filter((track) => !track.failed && track.blocks < look);
      if (open.length === 0) return true;
      const block = open[0]?.blocks ?? 0;
      const before = this.#clock.elapsedMs;
      const late = { leftMs: this.#clock.leftMs, rounds: look - block, overheadMs, scenarios: open.length };
      const times = look === this.#plan.time.looks[0] ? hurried(this.#plan.time, late) : this.#plan.time;
      const loadMs = open.length * (times.warmupMs + times.windowMs);
      if (overheadMs + loadMs + this.#loadTools.expectedMs(open, block) > late.leftMs) return false;
      await this.#apart(() => this.#calibrator.writesInTurn(block));
      const loadToolMs = await this.#round(open, { block, look, times });
      overheadMs = this.#clock.elapsedMs - before - loadToolMs - loadMs;
    }
  }

  /** Resolves to the milliseconds that the servers' own load tools took. */
  async #round(tracks: readonly Track[], { block, look, times }: Round): Promise<number> {
    const { time, tracks: all } = this.#plan;
    const startedMs = this.#clock.elapsedMs;
    let loadToolMs = 0;
    for (const [index, track] of orderOf(tracks, block).entries()) {
      if (track.failed) continue;
      if (this.#clock.leftMs < 0) break;
      const outcome = await this.#measured(track, times, true);
      if (outcome?.ok) track.add(outcome);
      if (this.#options.loadTools) loadToolMs += await this.#apart(() => this.#loadTools.after(track, block));
      const blockMs = (this.#clock.elapsedMs - startedMs - loadToolMs) / (index + 1);
      const blocksLeft = (look - block) * tracks.length - index - 1;
      const leftS = Math.min(blocksLeft * blockMs, this.#clock.leftMs) / 1000;
      const decided = look === time.looks[0] ? undefined : all.length - tracks.length;
      this.#progress(blockDetail({ block: block + 1, look, decided, scenarios: all.length, leftS }));
      await this.#options.onResult?.(this.#unsampled());
    }
    return loadToolMs;
  }

  /** Measures one block, with readings at its two ends; `isKept` if the block counts. */
  async #measured(track: Track, times: Times, isKept: boolean): Promise<BlockOutcome | undefined> {
    if (track.failed) return undefined;
    await this.#calibrator.sample(serviceOf(track));
    const { scenario, services, counters } = track;
    const readings = await this.#options.sampler?.block({ scenario: scenario.name, services, counters, isKept });
    return this.#block(track, { ...times, ...(readings && { readings }) });
  }

  /** Failures are kept, whether or not the block counts; resolves undefined if this process was stopped meanwhile. */
  async #block(track: Track, { warmupMs, windowMs, readings }: Times): Promise<BlockOutcome | undefined> {
    const [{ scenario }, { signal }] = [track, this.#options];
    const how = { ...this.#how(scenario), ...(readings && { readings }) };
    const stops = this.#stops.count;
    const outcome = await measureBlock(scenario, { warmupMs, windowMs, ...how, signal });
    if (this.#stops.count > stops) return undefined;
    if (!outcome.ok) track.add(outcome);
    return outcome;
  }

  /** Runs work in the containers that must not count as their idle use. */
  #apart<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#options.sampler?.apart(work) ?? work();
  }

  #progress(detail: string): void {
    this.#options.report({ kind: "step-progress", id: STEP, detail, share: this.#clock.share });
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
}
