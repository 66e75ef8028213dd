/** The closed loop: N clients, each sends its next operation when the last one is answered. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { build, type Histogram } from "hdr-histogram-js";
import { messageOf } from "../core/errors.ts";
import type { Scenario, ScenarioRun } from "../core/scenario.ts";
import { within } from "./deadline.ts";
import type { Block } from "./document.ts";
import { clientLimit, watchLoader, type LoaderUse } from "./loader.ts";
import { checkLittle } from "./stats/little.ts";
import { samplesNeeded } from "./stats/quantiles.ts";

/** An operation that takes longer is a stall, not a sample: the slowest of the catalogue takes a third of a second. */
const OPERATION_DEADLINE_MS = 10_000;
/** Opening the connections of one block. */
const OPEN_DEADLINE_MS = 10_000;
/** Closing them; a close that hangs must not hold up the run. */
const CLOSE_DEADLINE_MS = 3_000;
/** After this many failed operations a block is given up: the rest would only repeat the reason. */
const ERRORS_KEPT = 10;
/** How often in-flight operations are compared with their deadline: a timer for each would cost more than a fast GET. */
const WATCH_EVERY_MS = 50;
const MICROSECONDS_PER_MS = 1000;
/** A minute: no deadline of an operation is longer, and a histogram that never grows costs the loop nothing. */
const HISTOGRAM_TOP_US = 60_000_000;

export interface BlockOptions {
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly signal: AbortSignal;
  /** Replaces the built-in deadline of one operation. */
  readonly operationDeadlineMs?: number;
}

export type BlockOutcome =
  | { readonly ok: true; readonly block: Block; readonly histogram: Histogram }
  | { readonly ok: false; readonly reason: string; readonly errors: number };

/**
 * Measures one block on connections of its own. Never rejects for what the service does: a scenario whose operations
 * fail answers the first reason and the count. Rejects with the signal's reason when aborted.
 *
 * A client is measured from its first operation after the warm-up to the end of the last one it started within the
 * window; throughput is the sum over clients of operations / time, so that operations as long as the window count
 * whole, and no boundary cuts a latency.
 */
export async function measureBlock(scenario: Scenario, options: BlockOptions): Promise<BlockOutcome> {
  options.signal.throwIfAborted();
  let run: ScenarioRun;
  try {
    run = await openWithin(scenario, options.signal);
  } catch (error) {
    options.signal.throwIfAborted();
    return { ok: false, reason: `connecting failed: ${messageOf(error)}`, errors: 1 };
  }
  try {
    return await measure(scenario.clients, run, options);
  } finally {
    await within(run.close(), { deadlineMs: CLOSE_DEADLINE_MS, what: "closing" }).catch(ignoreCloseFailure);
  }
}

/** An empty histogram of latencies in microseconds, 3 significant digits. */
export function latencyHistogram(): Histogram {
  return build({ bitBucketSize: 32, numberOfSignificantValueDigits: 3, highestTrackableValue: HISTOGRAM_TOP_US });
}

interface Client {
  /** Start of the operation in flight; undefined between operations. */
  started: number | undefined;
  measuredFrom: number | undefined;
  measuredUntil: number;
  operations: number;
  latencyMs: number;
}

interface State {
  readonly histogram: Histogram;
  readonly clients: readonly Client[];
  stopped: boolean;
  errors: number;
  firstError: string | undefined;
}

async function measure(clientCount: number, run: ScenarioRun, options: BlockOptions): Promise<BlockOutcome> {
  const state: State = { histogram: latencyHistogram(), clients: makeClients(clientCount), ...NOTHING_YET };
  const begin = performance.now() + options.warmupMs;
  const end = begin + options.windowMs;
  const watching = new AbortController();
  const watchdog = watch(state, options, watching.signal);
  let use: LoaderUse = { cpu: 0, busy: 0, lagMs: 0 };
  const loader = observeWindow(options, watching.signal).then((seen) => (use = seen));
  try {
    await Promise.race([
      Promise.all(state.clients.map((client, index) => runClient({ client, index, run, state, begin, end }))),
      watchdog,
    ]);
  } finally {
    state.stopped = true;
    watching.abort();
  }
  options.signal.throwIfAborted();
  await loader;
  if (state.firstError !== undefined) return { ok: false, reason: state.firstError, errors: state.errors };
  return { ok: true, block: summarise(state, use), histogram: state.histogram };
}

const NOTHING_YET = { stopped: false, errors: 0, firstError: undefined } as const;

function makeClients(count: number): readonly Client[] {
  return Array.from({ length: count }, () => ({
    started: undefined,
    measuredFrom: undefined,
    measuredUntil: 0,
    operations: 0,
    latencyMs: 0,
  }));
}

interface ClientTask {
  readonly client: Client;
  readonly index: number;
  readonly run: ScenarioRun;
  readonly state: State;
  readonly begin: number;
  readonly end: number;
}

async function runClient({ client, index, run, state, begin, end }: ClientTask): Promise<void> {
  let now = performance.now();
  while (!state.stopped && (now < end || (client.operations === 0 && state.errors === 0))) {
    const started = now;
    client.started = started;
    try {
      await run.operation(index);
    } catch (error) {
      recordError(state, messageOf(error));
      now = performance.now();
      continue;
    }
    now = performance.now();
    client.started = undefined;
    if (started < begin || state.stopped) continue;
    client.measuredFrom ??= started;
    client.measuredUntil = now;
    client.operations += 1;
    client.latencyMs += now - started;
    state.histogram.recordValue(Math.max(1, Math.round((now - started) * MICROSECONDS_PER_MS)));
  }
  client.started = undefined;
}

function recordError(state: State, reason: string): void {
  state.errors += 1;
  state.firstError ??= reason;
  if (state.errors >= ERRORS_KEPT) state.stopped = true;
}

/** Ends when the block must end early: aborted, or an operation past its deadline. */
async function watch(state: State, options: BlockOptions, done: AbortSignal): Promise<void> {
  const deadlineMs = options.operationDeadlineMs ?? OPERATION_DEADLINE_MS;
  const either = AbortSignal.any([done, options.signal]);
  while (!done.aborted) {
    await sleep(WATCH_EVERY_MS, undefined, { signal: either }).catch(() => undefined);
    if (options.signal.aborted) return;
    const now = performance.now();
    const late = state.clients.filter(({ started }) => started !== undefined && now - started > deadlineMs);
    if (late.length === 0) continue;
    state.errors += late.length;
    state.firstError ??= `no answer within ${deadlineMs} ms`;
    return;
  }
}

/** Watches the loader from the end of the warm-up to the end of the window, without the connecting and closing. */
async function observeWindow(options: BlockOptions, done: AbortSignal): Promise<LoaderUse> {
  const either = AbortSignal.any([done, options.signal]);
  const until = (ms: number) => sleep(ms, undefined, { signal: either }).catch(() => undefined);
  await until(options.warmupMs);
  const stop = watchLoader();
  await until(options.windowMs);
  return stop();
}

function summarise(state: State, use: LoaderUse): Block {
  const { histogram, clients } = state;
  let throughput = 0;
  let latencyMs = 0;
  for (const client of clients) {
    throughput += client.operations / ((client.measuredUntil - (client.measuredFrom ?? 0)) / 1000);
    latencyMs += client.latencyMs;
  }
  const operations = histogram.totalCount;
  const meanMs = latencyMs / operations;
  const p50Ms = histogram.getValueAtPercentile(50) / MICROSECONDS_PER_MS;
  const limit = clientLimit(use, p50Ms);
  return {
    throughput,
    operations,
    meanMs,
    p50Ms,
    ...(operations >= samplesNeeded(0.95) && { p95Ms: histogram.getValueAtPercentile(95) / MICROSECONDS_PER_MS }),
    littleDeviation: checkLittle(clients.length, throughput, meanMs).deviation,
    loaderCpu: use.cpu,
    loaderBusy: use.busy,
    loopLagMs: use.lagMs,
    ...(limit !== undefined && { clientLimited: limit }),
  };
}

async function openWithin(scenario: Scenario, signal: AbortSignal): Promise<ScenarioRun> {
  const opening = scenario.open(scenario.clients);
  try {
    return await within(opening, { deadlineMs: OPEN_DEADLINE_MS, what: "opening the connections", signal });
  } catch (error) {
    // Connections that come too late belong to nobody: they are closed when they arrive.
    opening.then((late) => late.close(), ignoreCloseFailure).catch(ignoreCloseFailure);
    throw error;
  }
}

/** The block is measured by then; what a broken connection says on closing adds nothing. */
function ignoreCloseFailure(): void {}
