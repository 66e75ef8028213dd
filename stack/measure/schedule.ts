/**
 * Splits a time budget over warm-up and blocks. Pure.
 *
 * A run is: set-up, `serviceWarmupMs` of load for each service, then blocks. A block is: connecting and reading
 * counters (its overhead), `warmupMs` of load that does not count, and a window of `windowMs` that counts. First all
 * scenarios get the blocks of the first look in `FIRST_LOOK_SHARE` of the time; undecided scenarios share the rest.
 */
import { BLOCKS_MINIMUM, LATER_LOOKS, PLANNED_LOOKS } from "../judge/stats/looks.ts";
import { studentQuantile } from "../judge/stats/student.ts";

/** Share of the budget for set-up, calibration and teardown, until it is known how long they take. */
const PREPARATION_SHARE = 0.25;
/** The first second of load on a client library runs at half speed, until the compiler has done with it. */
const SERVICE_WARMUP_MS = 1000;
/** With many scenarios of one service: each has code and statements of its own. */
const SCENARIO_WARMUP_MS = 150;
/** Share of the budget for the warm-up, where the times above would take more. */
const WARMUP_SHARE = 0.18;
/** Share of the measuring time for the blocks that every scenario gets; undecided scenarios share the rest. */
const FIRST_LOOK_SHARE = 0.75;
/** Connecting, counters and closing, until they are measured: 10 ms (key-value store) to 60 ms (MySQL, RabbitMQ). */
const OVERHEAD_MS = 30;
/** Shorter windows measure the timer and the scheduler. */
const WINDOW_MINIMUM_MS = 80;
/** A longer window would only be a longer wait for the next one: there are more blocks instead. */
const WINDOW_MAXIMUM_MS = 2000;
/** If there is time for more than the fewest blocks, their windows are not short: operations may be slow. */
const WINDOW_OF_MORE_BLOCKS_MS = 300;
/** Load on new connections before a window, as a share of the window: buffers and statements. */
const BLOCK_WARMUP_SHARE = 0.2;
const BLOCK_WARMUP_MAXIMUM_MS = 200;
/** 120 blocks at the first look: two minutes per scenario; more blocks need no faster decision. */
const LOOKS_FACTOR_MAXIMUM = 20;
/** One-sided level of Pocock's test with four looks. */
const TAIL = 0.0091;

export interface Measuring {
  readonly services: number;
  readonly scenarios: number;
}

export interface TimePlan {
  /** Load for each service before anything counts. */
  readonly serviceWarmupMs: number;
  /** Load at the beginning of each block that does not count. */
  readonly warmupMs: number;
  readonly windowMs: number;
  /** Block counts of the looks (interim analyses); every scenario gets the first one. */
  readonly looks: readonly number[];
  /** Why the first look comes before the sixth block. */
  readonly shortfall: string | undefined;
}

/**
 * Plans a run of `budgetS` seconds (without probes and load tools) before anything of it is known. Depends on nothing
 * but its arguments.
 */
export function splitTime(budgetS: number, measuring: Measuring): TimePlan {
  const { scenarios } = measuring;
  const serviceWarmupMs = Math.round(serviceWarmup(budgetS, measuring));
  const blocks = splitBlocks(blocksMs(budgetS, measuring), scenarios * OVERHEAD_MS, scenarios);
  if (scenarios <= scenariosIn(budgetS, measuring)) return { serviceWarmupMs, ...blocks, shortfall: undefined };
  const roundMs = scenarios * slotMs(WINDOW_MINIMUM_MS, OVERHEAD_MS);
  const possible = Math.max(1, Math.floor(blocksMs(budgetS, measuring) / roundMs));
  const shortfall =
    `${budgetS} s are too short for ${BLOCKS_MINIMUM} blocks of ${scenarios} scenarios: ${possible} planned, so no ` +
    `verdict is possible; give ${secondsFor(measuring)} s or more`;
  return { serviceWarmupMs, ...blocks, looks: [possible], shortfall };
}

/** Returns how many scenarios a budget holds, each with six blocks of the shortest window. */
export function scenariosIn(budgetS: number, measuring: Measuring): number {
  const perScenarioMs = BLOCKS_MINIMUM * slotMs(WINDOW_MINIMUM_MS, OVERHEAD_MS);
  return Math.max(0, Math.floor(blocksMs(budgetS, measuring) / perScenarioMs));
}

/** Returns the seconds that hold all these scenarios. */
export function secondsFor({ scenarios }: Measuring): number {
  const perScenarioMs = BLOCKS_MINIMUM * slotMs(WINDOW_MINIMUM_MS, OVERHEAD_MS);
  return Math.ceil((scenarios * perScenarioMs) / (1 - PREPARATION_SHARE - WARMUP_SHARE) / 1000);
}

export type BlockPlan = Pick<TimePlan, "warmupMs" | "windowMs" | "looks">;

/**
 * Splits the time for blocks. `overheadMs` is the overhead of one block of every scenario, summed.
 *
 * With n blocks in T ms, of which each loses c ms to connecting, the error of the mean is proportional to
 * t(n − 1) / √(T − n·c): windows are independent (measured: 10 % for 300 ms, 5 % for 1 s), so only their sum counts.
 * More blocks make Student's t smaller, fewer lose less to connecting. The number of blocks is the multiple of the
 * planned looks with the least error, so all looks move by the same factor and keep the spacing that their constants
 * need.
 */
export function splitBlocks(ms: number, overheadMs: number, scenarios: number): BlockPlan {
  const each = Math.max(1, scenarios);
  const shareMs = (ms * FIRST_LOOK_SHARE) / each;
  const windowOf = (blocks: number) => windowIn(shareMs / blocks, overheadMs / each);
  const errorOf = (factor: number) => {
    const blocks = BLOCKS_MINIMUM * factor;
    return studentQuantile(TAIL, blocks - 1) / Math.sqrt(blocks * windowOf(blocks));
  };
  const factors = Array.from({ length: LOOKS_FACTOR_MAXIMUM }, (_, index) => index + 1);
  const possible = factors.filter(
    (factor) => factor === 1 || windowOf(BLOCKS_MINIMUM * factor) >= WINDOW_OF_MORE_BLOCKS_MS,
  );
  const factor = possible.reduce((best, next) => (errorOf(next) < errorOf(best) ? next : best), 1);
  const windowMs = Math.round(Math.max(WINDOW_MINIMUM_MS, windowOf(BLOCKS_MINIMUM * factor)));
  return {
    windowMs,
    warmupMs: Math.round(blockWarmup(windowMs)),
    looks: [...PLANNED_LOOKS, ...LATER_LOOKS].map((look) => look * factor),
  };
}

/**
 * Returns how many of the scenarios, by their overheads in ms in order of priority, fit with six blocks of the shortest
 * window each.
 */
export function fitting(ms: number, overheadsMs: readonly number[]): number {
  const first = overheadsMs.findIndex((_, index) => neededMs(overheadsMs.slice(0, index + 1)) > ms);
  return first === -1 ? overheadsMs.length : first;
}

/** Returns the milliseconds that scenarios with these overheads need for six blocks of the shortest window each. */
export function neededMs(overheadsMs: readonly number[]): number {
  return overheadsMs.reduce((sum, overheadMs) => sum + BLOCKS_MINIMUM * slotMs(WINDOW_MINIMUM_MS, overheadMs), 0);
}

export interface Late {
  /** Time for the rounds that are left. */
  readonly leftMs: number;
  readonly rounds: number;
  /** What the last round took beside its load; 0 before the first one. */
  readonly overheadMs: number;
  readonly scenarios: number;
}

/**
 * Returns the times of the next round's blocks: as planned, or with shorter windows if the rounds that are left would
 * otherwise not end in time, because the machine became slower. Without six blocks there is no verdict.
 */
export function hurried<Times extends Pick<TimePlan, "warmupMs" | "windowMs">>(planned: Times, late: Late): Times {
  const { leftMs, rounds, overheadMs, scenarios } = late;
  const roundMs = overheadMs + scenarios * (planned.warmupMs + planned.windowMs);
  if (roundMs * rounds <= leftMs) return planned;
  const fits = windowIn(leftMs / rounds / scenarios, overheadMs / scenarios);
  const windowMs = Math.round(Math.min(planned.windowMs, Math.max(WINDOW_MINIMUM_MS, fits)));
  return { ...planned, windowMs, warmupMs: Math.min(planned.warmupMs, Math.round(blockWarmup(windowMs))) };
}

/**
 * Returns the order of the scenarios in one block: rotated, so that each scenario takes every place, and reversed in
 * every second block, so that none always follows the same neighbour.
 */
export function orderOf<T>(items: readonly T[], block: number): readonly T[] {
  const start = items.length === 0 ? 0 : Math.floor(block / 2) % items.length;
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  return block % 2 === 0 ? rotated : rotated.toReversed();
}

function blocksMs(budgetS: number, measuring: Measuring): number {
  return budgetS * 1000 * (1 - PREPARATION_SHARE) - serviceWarmup(budgetS, measuring) * measuring.services;
}

function serviceWarmup(budgetS: number, { services, scenarios }: Measuring): number {
  const each = Math.max(1, services);
  const wantedMs = Math.max(SERVICE_WARMUP_MS, (SCENARIO_WARMUP_MS * scenarios) / each);
  return Math.min(wantedMs, (budgetS * 1000 * WARMUP_SHARE) / each);
}

function windowIn(slot: number, overheadMs: number): number {
  const loadMs = slot - overheadMs;
  const windowMs = Math.max(loadMs / (1 + BLOCK_WARMUP_SHARE), loadMs - BLOCK_WARMUP_MAXIMUM_MS, 1);
  return Math.min(WINDOW_MAXIMUM_MS, windowMs);
}

function blockWarmup(windowMs: number): number {
  return Math.min(BLOCK_WARMUP_MAXIMUM_MS, windowMs * BLOCK_WARMUP_SHARE);
}

function slotMs(windowMs: number, overheadMs: number): number {
  return windowMs + blockWarmup(windowMs) + overheadMs;
}
