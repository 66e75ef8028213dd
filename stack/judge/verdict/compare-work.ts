/** Compares the work per operation of two sets of blocks: which figures changed, and how certain that is. Pure. */
import type { Block } from "../../core/results/measurement.ts";
import type { Comparison } from "../../core/results/verdict.ts";
import { NO_CHANGE } from "../expectation/predict.ts";
import { batchMeans } from "../stats/batches.ts";
import { intervalOf, logMargin, logRatio, pBelow } from "../stats/effect.ts";
import { medianOf } from "../stats/median.ts";
import { CPU_PER_OPERATION, workMetrics, workValues, type WorkMetric } from "../work.ts";
import { runVariation } from "./variation.ts";

export interface WorkOptions {
  /** Tolerated increase as a loss, as a fraction. */
  readonly margin: number;
  readonly tail: number;
}

/**
 * Variation of whole runs on the log scale that is assumed of every figure; the scenario's own runs outweigh it. Beside
 * other programs the cpu per operation of a server changes by up to 10 %, two of these.
 */
const ASSUMED_VARIATION = 0.05;
const MARGIN_FACTOR = 3;

/**
 * Counts below this are compared as if they were this: one page read in 100 operations instead of one in 1000 is ten
 * times as many, and no loss. It also gives a count of zero a logarithm.
 */
const LEAST_COUNT = 0.05;
const LEAST_BYTES = 64;

/** Compares every figure that all blocks of both sides have. `runs`: the blocks of each older run, two or more each. */
export function compareWork(
  now: readonly Block[],
  runs: readonly (readonly Block[])[],
  options: WorkOptions,
): readonly Comparison[] {
  return workMetrics([...now, ...runs.flat()]).flatMap((metric) => compareFigure(metric, now, runs, options) ?? []);
}

function compareFigure(
  metric: WorkMetric,
  now: readonly Block[],
  runs: readonly (readonly Block[])[],
  { margin, tail }: WorkOptions,
): Comparison | undefined {
  const exact = [now, ...runs].map((blocks) => workValues(blocks, metric) ?? []);
  const [exactNow = [], ...exactRuns] = exact;
  const least = leastOf(metric);
  const [left = [], ...right] = exact.map((values) => batchMeans(values.map((value) => Math.max(value, least))).values);
  if ([left, ...right].some((values) => values.length < 2 || values.some((value) => value <= 0))) return undefined;
  const effect = logRatio(left, right.flat(), "less is better");
  const distance = Math.max(logMargin(margin), MARGIN_FACTOR * runVariation(left, right, ASSUMED_VARIATION));
  return {
    metric,
    now: medianOf(exactNow).median,
    expected: medianOf(exactRuns.flat()).median,
    effect,
    interval: intervalOf(effect, tail),
    margin: distance,
    prediction: NO_CHANGE,
    p: pBelow(effect, -distance),
  };
}

function leastOf(metric: WorkMetric): number {
  if (metric === CPU_PER_OPERATION) return 0;
  return /\bbytes\b/i.test(metric) ? LEAST_BYTES : LEAST_COUNT;
}
