/** One metric of one scenario against its baseline: effect, interval and margin. */
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { METRICS, valuesOf } from "./metrics.ts";
import type { Comparison, Metric, Prediction } from "../../core/results/verdict.ts";
import { against, intervalOf, logDeviation, logMargin, logRatio, pBelow, type Direction } from "../stats/effect.ts";
import { medianOf } from "../stats/median.ts";
import { blocksNeeded } from "../stats/power.ts";
import { runVariation, type MachineVariation } from "./variation.ts";

/** Multiples of the variation of repeated runs that are no finding. */
const MARGIN_FACTOR = 3;

/**
 * Compares every metric that both sides have. `runs` are the scenario in every run of the baseline. Both sides need two
 * blocks or more.
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
    baselineError: Math.hypot(
      logDeviation(blocks.expected) / Math.sqrt(blocks.expected.length),
      comparison.prediction.error,
    ),
    tail,
    blocks: blocks.now.length,
  });
}

/** What both metrics of a scenario are compared under. */
interface Conditions {
  /** Loss that is no finding, as a fraction, where runs vary little. */
  readonly margin: number;
  readonly variation: MachineVariation;
  readonly tail: number;
  readonly prediction: Prediction;
}

interface CompareInput extends Conditions {
  readonly metric: Metric;
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
