/** One metric of one scenario against its baseline: effect, interval and margin. */
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { METRICS, valuesOf, type Timed } from "./metrics.ts";
import type { Comparison, Prediction } from "../../core/results/verdict.ts";
import { against, intervalOf, logDeviation, logMargin, logRatio, pBelow, type Direction } from "../stats/effect.ts";
import { medianOf } from "../stats/median.ts";
import { blocksNeeded } from "../stats/power.ts";
import { runVariation, type MachineVariation } from "./variation.ts";

/** The margin is at least this multiple of the variation between repeated runs. */
const MARGIN_FACTOR = 3;

/**
 * Compares every metric that both sides have. `runs` holds the scenario as measured in each run of the baseline. Both
 * sides need two or more blocks.
 */
export function compareScenario(
  now: MeasuredScenario,
  runs: readonly MeasuredScenario[],
  options: Conditions,
): readonly Comparison[] {
  return METRICS.flatMap(({ metric, direction, read }) => {
    const left = valuesOf(now.blocks, read);
    const right = runs.map(({ blocks }) => valuesOf(blocks, read));
    if (left === undefined || !right.every((values) => values !== undefined)) return [];
    return [compare({ metric, direction, now: left, runs: right, ...options })];
  });
}

/** A larger margin would call half the speed "meets": the machine is too noisy for a verdict. */
export const MARGIN_MAXIMUM = Math.LN2;

/**
 * Returns the number of blocks that would decide the comparison of throughput; undefined if more blocks in this run
 * cannot.
 */
export function blocksToDecide(
  comparison: Comparison,
  blocks: { readonly now: readonly number[]; readonly expected: readonly number[] },
  tail: number,
): number | undefined {
  if (comparison.margin > MARGIN_MAXIMUM) {
    // The variation between whole runs falls with √n of the smaller side, so a small baseline keeps it high.
    const least = Math.min(blocks.now.length, blocks.expected.length);
    const needed = Math.ceil(least * (comparison.margin / MARGIN_MAXIMUM) ** 2);
    return needed <= blocks.expected.length ? Math.max(needed, blocks.now.length + 1) : undefined;
  }
  return blocksNeeded({
    distance: comparison.effect.estimate + comparison.margin,
    deviation: logDeviation(blocks.now),
    baselineError: Math.hypot(
      logDeviation(blocks.expected) / Math.sqrt(blocks.expected.length),
      comparison.prediction.error,
    ),
    tail,
    blocks: blocks.now.length,
  });
}

/** Conditions that both metrics of a scenario share. */
interface Conditions {
  /** Tolerated loss as a fraction, if runs vary little. */
  readonly margin: number;
  readonly variation: MachineVariation;
  readonly tail: number;
  readonly prediction: Prediction;
}

interface CompareInput extends Conditions {
  readonly metric: Timed;
  readonly direction: Direction;
  readonly now: readonly number[];
  readonly runs: readonly (readonly number[])[];
}

function compare({ metric, direction, now, runs, margin, variation, tail, prediction }: CompareInput): Comparison {
  const expected = runs.flat();
  const effect = against(logRatio(now, expected, direction), prediction);
  const distance = Math.max(logMargin(margin), MARGIN_FACTOR * runVariation(now, runs, variation[metric]));
  return {
    metric,
    now: medianOf(now).median,
    expected: medianOf(expected).median,
    effect,
    interval: intervalOf(effect, tail),
    margin: distance,
    prediction,
    p: pBelow(effect, -distance),
  };
}
