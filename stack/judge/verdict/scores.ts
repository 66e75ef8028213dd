/** Scores of blocks, without what a control explains of how they differ. */
import { mean, median } from "simple-statistics";
import type { Controls } from "../../core/results/baseline.ts";
import type { Block } from "../../core/results/measurement.ts";
import { allOf, reliability, varianceOf } from "../controls/readings.ts";
import { batchMeans } from "../stats/batches.ts";
import type { Measure } from "./metrics.ts";

/**
 * Returns the scores of each run's blocks; undefined if a block lacks the figure. With controls, what the reading of a
 * block explains is taken off, relative to the mean reading of all these runs; their own mean stays as it is. A reading
 * that varies no more than its noise takes nothing off. Correlated blocks are returned as batch means: single values
 * would promise more certainty than they have.
 */
export function adjustedScores(
  runs: readonly (readonly Block[])[],
  measure: Measure,
  controls?: Controls,
): readonly (readonly number[])[] | undefined {
  const scores = runs.flatMap((blocks) => {
    const values = allOf(blocks, measure.read);
    return values ? [values.map(measure.score)] : [];
  });
  if (scores.length < runs.length) return undefined;
  const explained = controls && explainedOf(runs, measure, controls);
  return scores.map((values, run) => {
    const adjusted = values.map((score, block) => score - (explained?.[run]?.[block] ?? 0));
    return batchMeans(measure.blocks === "better half" ? betterHalf(adjusted) : adjusted).values;
  });
}

/**
 * Returns scores whose mean is the mean of the better half, and whose variance over n is that mean's squared error. The
 * load of others makes blocks worse and hardly any better, so the better half shows least of it, and all of what is the
 * stack's own. Source: Staudte and Sheather, Robust Estimation and Testing, 1990, the influence function of an
 * L-estimator.
 */
export function betterHalf(scores: readonly number[]): readonly number[] {
  const middle = median([...scores]);
  return scores.map((score) => middle + 2 * Math.max(0, score - middle));
}

function explainedOf(runs: readonly (readonly Block[])[], { control }: Measure, controls: Controls) {
  if (control === undefined) return undefined;
  const readings = runs.flatMap((blocks) => {
    const values = allOf(blocks, control.read);
    return values ? [values] : [];
  });
  if (readings.length < runs.length) return undefined;
  const all = readings.flat();
  const slope = control.coefficient(controls).value * reliability(varianceOf(all), control.noise);
  const centre = mean(all);
  return readings.map((values) => values.map((value) => slope * (value - centre)));
}
