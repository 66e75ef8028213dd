/** One metric of one scenario against its baseline: effect, interval and margin. */
import { mean } from "simple-statistics";
import type { Block, MeasuredScenario } from "./document.ts";
import { intervalOf, logDeviation, logMargin, logRatio, pBelow, type Direction, type Effect } from "./stats/effect.ts";
import { medianOf } from "./stats/median.ts";
import { blocksNeeded } from "./stats/power.ts";

export type Metric = "throughput" | "p95 latency";

export interface Comparison {
  readonly metric: Metric;
  /** Medians over blocks: operations a second, or milliseconds. */
  readonly now: number;
  readonly expected: number;
  /** ln(now / expected), signed so that more is better. */
  readonly effect: Effect;
  readonly interval: { readonly low: number; readonly high: number };
  /** Distance on the log scale that is still no loss. */
  readonly margin: number;
  /** What the machine's own slowdown explains, on the log scale; `below` needs a loss beyond margin and this. */
  readonly slowdown: number;
  /** p-value of "not below the margin and the slowdown", before correction for the family. */
  readonly p: number;
}

/** Multiples of the variation of repeated runs that are no finding. */
const MARGIN_FACTOR = 3;
/** Runs from which their own variation is known better than what the blocks of one run suggest. */
const RUNS_FOR_VARIATION = 3;

/**
 * Compares throughput, which in a closed loop is the mean latency as well (X = N / L̄), and p95, the tail that a mean can
 * hide. p50 is shown but not tested: it says nothing that these two do not, and each further test costs power.
 * `runs` are the scenario in every run of the baseline. Both sides need two blocks or more.
 */
export function compareScenario(
  now: MeasuredScenario,
  runs: readonly MeasuredScenario[],
  options: { readonly margin: number; readonly tail: number; readonly slowdown: number },
): readonly Comparison[] {
  const metrics = [
    ["throughput", "more is better", ({ throughput }: Block) => throughput],
    ["p95 latency", "less is better", ({ p95Ms }: Block) => p95Ms],
  ] as const;
  return metrics.flatMap(([metric, direction, read]) => {
    const left = allOf(now.blocks, read);
    const right = runs.map(({ blocks }) => allOf(blocks, read));
    if (left === undefined || !right.every((values) => values !== undefined)) return [];
    return [compare({ metric, direction, now: left, runs: right, ...options })];
  });
}

/** A margin that would call half the speed "meets" is no margin: the machine is too noisy to say so. */
export const MARGIN_MAXIMUM = Math.LN2;

/** Blocks that would decide a comparison of throughput; undefined where more blocks now cannot. */
export function blocksToDecide(
  comparison: Comparison,
  blocks: { readonly now: readonly number[]; readonly expected: readonly number[] },
  tail: number,
): number | undefined {
  if (comparison.margin > MARGIN_MAXIMUM) {
    // The variation of whole runs falls with √n of the smaller side, so a small baseline keeps it high.
    const least = Math.min(blocks.now.length, blocks.expected.length);
    const needed = Math.ceil(least * (comparison.margin / MARGIN_MAXIMUM) ** 2);
    return needed <= blocks.expected.length ? Math.max(needed, blocks.now.length + 1) : undefined;
  }
  return blocksNeeded({
    distance: comparison.effect.estimate + comparison.margin,
    deviation: logDeviation(blocks.now),
    baselineError: logDeviation(blocks.expected) / Math.sqrt(blocks.expected.length),
    tail,
    blocks: blocks.now.length,
  });
}

interface CompareInput {
  readonly metric: Metric;
  readonly direction: Direction;
  readonly now: readonly number[];
  readonly runs: readonly (readonly number[])[];
  readonly margin: number;
  readonly tail: number;
  readonly slowdown: number;
}

function compare({ metric, direction, now, runs, margin, tail, slowdown }: CompareInput): Comparison {
  const expected = runs.flat();
  const effect = logRatio(now, expected, direction);
  const distance = Math.max(logMargin(margin), MARGIN_FACTOR * runVariation(now, runs));
  return {
    metric,
    now: medianOf(now).median,
    expected: medianOf(expected).median,
    effect,
    interval: intervalOf(effect, tail),
    margin: distance,
    slowdown,
    p: pBelow(effect, -distance - slowdown),
  };
}

/**
 * How much whole runs vary on this machine. Three recorded runs or more show it; with fewer it is what independent
 * blocks imply, the blocks' deviation over √n, which is the least that it can be.
 */
function runVariation(now: readonly number[], runs: readonly (readonly number[])[]): number {
  if (runs.length >= RUNS_FOR_VARIATION) {
    return logDeviation(runs.map((values) => Math.exp(mean(values.map((value) => Math.log(value))))));
  }
  const expected = runs.flat();
  const pooled = Math.sqrt((logDeviation(now) ** 2 + logDeviation(expected) ** 2) / 2);
  return pooled / Math.sqrt(Math.min(now.length, expected.length));
}

/** The metric in every block, or undefined where one block lacks it. */
function allOf(blocks: readonly Block[], read: (block: Block) => number | undefined): readonly number[] | undefined {
  const values = blocks.map(read);
  return values.every((value) => value !== undefined) ? values : undefined;
}
