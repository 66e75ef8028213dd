/** Splits a time budget deterministically: nothing here depends on measurements. */
import { PLANNED_LOOKS } from "../judge/stats/looks.ts";

/** Share of the budget that set-up, calibration and teardown may take before blocks are lost. */
const PREPARATION_SHARE = 0.25;
/** Share of the measuring time for the blocks that every scenario gets; undecided scenarios share the rest. */
const FIRST_LOOK_SHARE = 0.75;
/** Shares of a block's slot; the rest is for connecting and closing. */
const WINDOW_SHARE = 0.6;
const WARMUP_SHARE = 0.2;
/** Shorter windows measure the timer and the scheduler. */
const WINDOW_MINIMUM_MS = 80;
/** Longer windows add samples to a block, but more blocks tell more: a long run has more blocks of a second. */
const WINDOW_MAXIMUM_MS = 1000;
/** 300 blocks at the last look: some ten minutes per scenario, the last half of which adds nothing. */
const LOOKS_FACTOR_MAXIMUM = 20;
const WARMUP_MAXIMUM_MS = 300;

export interface TimePlan {
  readonly warmupMs: number;
  readonly windowMs: number;
  /** Time for one block with its connections. */
  readonly slotMs: number;
  /** Block counts of the looks (interim analyses); every scenario gets the first one. */
  readonly looks: readonly number[];
  /** Why the first look comes before the sixth block. */
  readonly shortfall: string | undefined;
}

/**
 * Splits a budget over a number of scenarios (1 or more). One more block, the warm-up, is discarded. Windows grow to a
 * second; a larger budget gives more blocks and moves all looks by the same factor, so that they keep the spacing that
 * their constants need.
 */
export function splitTime(budgetS: number, scenarios: number): TimePlan {
  const measuringMs = budgetS * 1000 * (1 - PREPARATION_SHARE);
  const [wanted = 6] = PLANNED_LOOKS;
  const shareMs = (measuringMs * FIRST_LOOK_SHARE) / (scenarios * (wanted + 1));
  const minimumMs = WINDOW_MINIMUM_MS / WINDOW_SHARE;
  const maximumMs = WINDOW_MAXIMUM_MS / WINDOW_SHARE;
  const slotMs = Math.min(maximumMs, Math.max(minimumMs, shareMs));
  const possible = Math.floor(((shareMs / slotMs) * (wanted + 1) - 1) / wanted);
  const factor = Math.min(LOOKS_FACTOR_MAXIMUM, Math.max(1, possible));
  const affordable = Math.floor(measuringMs / (scenarios * slotMs)) - 1;
  const times = {
    warmupMs: Math.min(WARMUP_MAXIMUM_MS, Math.round(slotMs * WARMUP_SHARE)),
    windowMs: Math.min(WINDOW_MAXIMUM_MS, Math.round(slotMs * WINDOW_SHARE)),
    slotMs: Math.round(slotMs),
  };
  const looks = PLANNED_LOOKS.map((look) => look * factor);
  if (affordable >= wanted) return { ...times, looks, shortfall: undefined };
  const blocks = Math.max(1, affordable);
  return { ...times, looks: [blocks], shortfall: shortfallOf(budgetS, scenarios, blocks, wanted) };
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

function shortfallOf(budgetS: number, scenarios: number, blocks: number, wanted: number): string {
  const neededMs = ((wanted + 1) * scenarios * WINDOW_MINIMUM_MS) / WINDOW_SHARE / (1 - PREPARATION_SHARE);
  return (
    `${budgetS} s are too short for ${wanted} blocks of ${scenarios} scenarios: ${blocks} planned, so no verdict is ` +
    `possible; give ${Math.ceil(neededMs / 1000)} s or more`
  );
}
