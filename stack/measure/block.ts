/** One block of one scenario: opens its own connections, runs one of the two loops, and returns the measurements. */
import type { Histogram } from "hdr-histogram-js";
import { messageOf } from "../core/errors.ts";
import type { Scenario, ScenarioRun } from "../core/service/scenario.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { withDeadline } from "../host/deadline.ts";
import type { Block } from "../core/results/measurement.ts";
import { latencyHistogram, MICROSECONDS_PER_MS } from "../load/histogram.ts";
import { clientLimit } from "../load/loader.ts";
import type { Failure, LoopOptions, LoopOutcome, Measured } from "../load/loop.ts";
import { runOpenLoop, type Kept } from "../load/open-loop.ts";
import { checkLittle } from "../judge/stats/little.ts";
import { samplesNeeded } from "../judge/stats/quantiles.ts";
import type { Around, LoadThreads } from "../load/threads.ts";
import { shareOf, workOf, type Between } from "./samples/readings.ts";
import type { BlockReadings } from "./samples/sampling.ts";

/** Opening the connections of one block. */
const OPEN_DEADLINE_MS = 10_000;
/** Closing the connections; a close that hangs must not delay the run. */
const CLOSE_DEADLINE_MS = 3_000;

export interface BlockOptions extends LoopOptions {
  /** Requests a second, for an open loop; absent for a closed loop. */
  readonly ratePerS?: number;
  /** Threads that share the clients; absent to use this thread. Closed loops only. */
  readonly threads?: { readonly pool: LoadThreads; readonly count: number };
  /** Reads the containers and servers at both ends of the load; absent: nothing is read. */
  readonly readings?: BlockReadings;
}

export type BlockOutcome = { readonly ok: true; readonly block: Block; readonly histogram: Histogram } | Failure;

/**
 * Measures one block on its own connections. Never rejects because of the service: if operations fail, resolves to the
 * first reason and the number of errors. Rejects with the signal's reason when aborted.
 */
export async function measureBlock(scenario: Scenario, options: BlockOptions): Promise<BlockOutcome> {
  const { threads, readings, ...times } = options;
  options.signal.throwIfAborted();
  let between: Between | undefined;
  const around: Around = async (load) => {
    const end = await readings?.begin();
    const outcome = await load();
    between = await end?.();
    return outcome;
  };
  if (threads) {
    const outcome = await threads.pool.measure(scenario, threads.count, times, around);
    return summarise(outcome, scenario.clients, between);
  }
  let run: ScenarioRun;
  try {
    run = await openWithin(scenario, options.signal);
  } catch (error) {
    options.signal.throwIfAborted();
    return { ok: false, reason: `connecting failed: ${messageOf(error)}`, errors: 1 };
  }
  try {
    const outcome = await around(() => measure(scenario.clients, run, times));
    return summarise(outcome, scenario.clients, between);
  } finally {
    await withDeadline(run.close(), CLOSE_DEADLINE_MS, "closing did not end").catch(ignoreCloseFailure);
  }
}

type Times = Omit<BlockOptions, "threads" | "readings">;

async function measure(clients: number, run: ScenarioRun, options: Times): Promise<Summed> {
  const { ratePerS, ...times } = options;
  const outcome =
    ratePerS === undefined
      ? await runClosedLoop(clients, run, times)
      : await runOpenLoop(clients, run, { ...times, ratePerS });
  return outcome.ok ? { ok: true, measured: [outcome.measured] } : outcome;
}

type Found = Measured & { readonly schedule?: Kept };
type Summed = LoopOutcome<readonly Found[]>;

/** Throughputs are summed, because all threads measure the same window. */
function summarise(outcome: Summed, clients: number, between: Between | undefined): BlockOutcome {
  if (!outcome.ok) return outcome;
  const { measured } = outcome;
  const histogram = merged(measured);
  const throughput = sum(measured, (found) => found.throughput);
  const latencyMs = sum(measured, (found) => found.latencyMs);
  const uses = measured.map(({ use }) => use);
  const schedule = measured[0]?.schedule;
  const operations = histogram.totalCount;
  const meanMs = latencyMs / operations;
  const p50Ms = histogram.getValueAtPercentile(50) / MICROSECONDS_PER_MS;
  const inFlight = schedule === undefined ? clients / uses.length : undefined;
  const limit = uses.map((use) => clientLimit(use, p50Ms, inFlight)).find((reason) => reason !== undefined);
  const block: Block = {
    throughput,
    operations,
    meanMs,
    p50Ms,
    p5Ms: histogram.getValueAtPercentile(5) / MICROSECONDS_PER_MS,
    ...(operations >= samplesNeeded(0.95) && { p95Ms: histogram.getValueAtPercentile(95) / MICROSECONDS_PER_MS }),
    ...(schedule ? { schedule } : { littleDeviation: checkLittle(clients, throughput, meanMs).deviation }),
    loaderCpu: sum(uses, ({ cpu }) => cpu),
    loaderStarved: Math.max(...uses.map(({ starved }) => starved)),
    loaderBusy: Math.max(...uses.map(({ busy }) => busy)),
    loopLagMs: Math.max(...uses.map(({ lagMs }) => lagMs)),
    ...(uses.length > 1 && { threads: uses }),
    ...(limit !== undefined && { clientLimited: limit }),
    ...costOf(
      between,
      sum(measured, (found) => found.allOperations),
    ),
  };
  return { ok: true, block, histogram };
}

function costOf(between: Between | undefined, operations: number): Pick<Block, "work" | "machine"> {
  const work = between && workOf(between, operations);
  const machine = between && shareOf(between);
  return { ...(work && { work }), ...(machine && { machine }) };
}

function merged([first, ...others]: readonly Found[]): Histogram {
  const histogram = first?.histogram ?? latencyHistogram();
  for (const other of others) histogram.add(other.histogram);
  return histogram;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

async function openWithin(scenario: Scenario, signal: AbortSignal): Promise<ScenarioRun> {
  const opening = scenario.open(scenario.clients);
  try {
    return await withDeadline(opening, OPEN_DEADLINE_MS, "the connections were not open", signal);
  } catch (error) {
    // Nobody uses connections that arrive after the deadline: close them.
    opening.then((late) => late.close(), ignoreCloseFailure).catch(ignoreCloseFailure);
    throw error;
  }
}

/** The block is measured already; errors from closing a broken connection add nothing. */
function ignoreCloseFailure(): void {}
