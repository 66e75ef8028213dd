/** One metric of one scenario against its baseline: effect, interval and margin. */
import { mean } from "simple-statistics";
import type { Explained } from "../controls/explained.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import type { Measure } from "./metrics.ts";
import type { Comparison, Prediction } from "../../core/results/verdict.ts";
import { against, difference, intervalOf, logMargin, pBelow } from "../stats/effect.ts";
import { medianOf } from "../stats/median.ts";
import { adjustedScores } from "./scores.ts";
import { scoreVariation, type MachineVariation } from "./variation.ts";

/** The margin is at least this multiple of the variation between repeated runs. */
const MARGIN_FACTOR = 3;

/** A larger margin would call half the speed "meets": the machine is too noisy for a verdict. */
export const MARGIN_MAXIMUM = Math.LN2;

/** A comparison with the scores that it was made of, for asking how many more would decide. */
export interface Compared {
  readonly comparison: Comparison;
  /** Scores of this run and of the baseline. */
  readonly now: readonly number[];
  readonly before: readonly number[];
}

/** Conditions that all metrics of a scenario share. */
export interface Conditions {
  /** Tolerated loss as a fraction, if runs vary little. */
  readonly margin: number;
  readonly variation: MachineVariation;
  readonly tail: number;
  readonly explained?: Explained;
  /** Whether the machine gives what it gave at the baseline, or more. */
  readonly isAsBefore: boolean;
}

/** Compares one metric; undefined if a block of either side lacks it. */
export function compareMeasure(
  measure: Measure,
  { now, runs }: { readonly now: MeasuredScenario; readonly runs: readonly MeasuredScenario[] },
  { margin, variation, tail, explained, isAsBefore }: Conditions,
  prediction: Prediction,
): Compared | undefined {
  const controls = explained?.controls;
  const [scores] = adjustedScores([now.blocks], measure, controls) ?? [];
  const before = adjustedScores(
    runs.map(({ blocks }) => blocks),
    measure,
    controls,
  );
  if (scores === undefined || before === undefined) return undefined;
  const effect = against(difference(scores, before.flat()), prediction);
  const machine = variation[measure.metric] ?? measure.variation;
  const runVariation = scoreVariation(scores, before, machine);
  const least = Math.max(logMargin(margin), isAsBefore ? 0 : measure.besideOthers);
  const distance = Math.max(least, MARGIN_FACTOR * runVariation);
  return {
    comparison: {
      metric: measure.metric,
      now: shown([now], measure),
      expected: shown(runs, measure),
      effect,
      interval: intervalOf(effect, tail),
      margin: distance,
      prediction,
      p: pBelow(effect, -distance),
    },
    now: scores,
    before: before.flat(),
  };
}

function shown(runs: readonly MeasuredScenario[], { read, shownBy }: Measure): number {
  const values = runs.flatMap(({ blocks }) => blocks.flatMap((block) => read(block) ?? []));
  return shownBy === "mean" ? mean(values) : medianOf(values).median;
}
