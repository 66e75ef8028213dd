/** Whether a scenario has settled, and from which block on. */
import { mean, sampleVariance } from "simple-statistics";
import { BATCHES_MINIMUM, batchMeans, batchMeansInterval, meansOf } from "./batches.ts";
import { studentUpperTail } from "./student.ts";
import { trendOf } from "./trend.ts";

export type Steadiness =
  /** The values from index `from` on repeat the same level. */
  | { readonly kind: "steady"; readonly from: number }
  /** `change`: how much the fitted line rises over the values that should be steady, as a fraction of their mean. */
  | { readonly kind: "unsteady"; readonly change: number };

/** Change allowed over the last half of the values: a third of the smallest loss that is a finding. */
const CHANGE_LIMIT = 0.03;
/**
 * p-value of "no slope" below which a run is unsteady. With 12 scenarios, one run in 80 is called unsteady by chance.
 * Busy spells correlate neighbours and make it some three times as many if there are too few blocks to batch.
 */
const SLOPE_SIGNIFICANCE = 0.001;
/**
 * The same limit for the remaining values once a slope was found: they must show no sign of it. Otherwise an endless
 * drift would pass, because fewer values show it less.
 */
const LEFT_SIGNIFICANCE = 0.05;
/**
 * p-value of "the first values are like the rest". Dropping a block that did not belong to the warm-up costs little.
 */
const HEAD_SIGNIFICANCE = 0.01;

/**
 * Finds the steady part of a series of blocks of at most a second each. The warm-up is the shortest beginning, at most
 * a third, after which there is no significant slope and the first third of the remaining values is like the rest. A
 * slope counts if the fitted line changes by over 3 % in the last half, and by more than the width of the mean's
 * interval. Correlated neighbours are batched first. At least 6 values are kept: a scenario that is not steady in them
 * is `unsteady`. Fewer than 6 values show nothing and count as steady.
 *
 * Smoke runs and long runs use the same rule: long runs have more blocks, not longer ones. Whatever settles within a
 * block, such as its connections, has its own warm-up in each block.
 */
export function steadiness(values: readonly number[]): Steadiness {
  if (values.length < BATCHES_MINIMUM) return { kind: "steady", from: 0 };
  const most = Math.min(values.length - BATCHES_MINIMUM, Math.floor(values.length / 3));
  const significance = drifts(values, SLOPE_SIGNIFICANCE) ? LEFT_SIGNIFICANCE : SLOPE_SIGNIFICANCE;
  const starts = Array.from({ length: most + 1 }, (_, from) => from);
  const isLevel = (from: number) => !drifts(values.slice(from), significance);
  const from =
    starts.find((start) => isLevel(start) && !hasWarmUp(values.slice(start))) ?? starts.find((start) => isLevel(start));
  if (from !== undefined) return { kind: "steady", from };
  return { kind: "unsteady", change: trendOf(values.slice(most))?.change ?? 0 };
}

function drifts(values: readonly number[], significance: number): boolean {
  const whole = trendOf(values);
  if (whole === undefined) return false;
  // A slope itself correlates neighbours, so the residuals are tested.
  const { size } = batchMeans(whole.residuals);
  const trend = trendOf(meansOf(values, size));
  const interval = batchMeansInterval(values);
  if (trend === undefined || interval === undefined) return false;
  const known = (interval.high - interval.mean) / interval.mean;
  const change = Math.abs(trend.change);
  return trend.p < significance && change / 2 > CHANGE_LIMIT && change > known;
}

/**
 * Compares beginnings of each length up to a third with a prediction from the batches of the values after them, with
 * Bonferroni's correction over the lengths.
 */
function hasWarmUp(values: readonly number[]): boolean {
  const lengths = Math.floor(values.length / 3);
  return Array.from({ length: lengths }, (_, index) => index + 1).some((length) => {
    const { size, values: rest } = batchMeans(values.slice(length));
    const difference = Math.abs(mean(values.slice(0, length)) - mean([...rest]));
    if (difference <= CHANGE_LIMIT * mean([...rest])) return false;
    const error = Math.sqrt(sampleVariance([...rest]) * (size / length + 1 / rest.length));
    return error === 0 || 2 * studentUpperTail(difference / error, rest.length - 1) < HEAD_SIGNIFICANCE / lengths;
  });
}
