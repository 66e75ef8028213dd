/** Whether a scenario has settled, and from which block on. */
import { mean, sampleVariance } from "simple-statistics";
import { BATCHES_MINIMUM, batchMeans, batchMeansInterval, meansOf } from "./batches.ts";
import { studentUpperTail } from "./student.ts";
import { trendOf } from "./trend.ts";

export type Steadiness =
  /** The values from the index `from` on are repeats of one thing. */
  | { readonly kind: "steady"; readonly from: number }
  /** `change`: how far the line through the values that should be steady rises, as a fraction of their mean. */
  | { readonly kind: "unsteady"; readonly change: number };

/** What may change over the last half of the values: a third of the smallest loss that is a finding. */
const CHANGE_LIMIT = 0.03;
/**
 * p-value of "no slope" that calls a run unsteady. With 12 scenarios one run in 80 would be called so by chance; busy
 * spells, which make neighbours alike where there are too few blocks to batch, make it some three times as many.
 */
const SLOPE_SIGNIFICANCE = 0.001;
/**
 * The same once a slope was seen: what is left without the beginning must show no sign of it. Else a drift that never
 * ends would pass, because fewer values show it less.
 */
const LEFT_SIGNIFICANCE = 0.05;
/** p-value of "the first values are like the rest": dropping a block that was none of the warm-up costs little. */
const HEAD_SIGNIFICANCE = 0.01;

/**
 * Finds the steady part of a series of blocks of at most a second each. Warm-up is the shortest beginning, at most a third,
 * after which there is no significant slope and the first third of what is left is like the rest. A slope counts where
 * the line through the values changes by over 3 % in their last half and by more than the interval of their mean is wide
 * anyway. Neighbours that are alike are batched first. At least 6 values stay: a scenario that is not steady in those is
 * `unsteady`. Fewer than 6 tell nothing, and are called steady.
 *
 * The same for short blocks of a smoke run and for long runs, which have more blocks and not longer ones: what settles
 * within a block, its connections, has a warm-up of its own in each.
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
  // A slope makes neighbours alike by itself: what is asked is whether they are so beside it.
  const { size } = batchMeans(whole.residuals);
  const trend = trendOf(meansOf(values, size));
  const interval = batchMeansInterval(values);
  if (trend === undefined || interval === undefined) return false;
  const known = (interval.high - interval.mean) / interval.mean;
  const change = Math.abs(trend.change);
  return trend.p < significance && change / 2 > CHANGE_LIMIT && change > known;
}

/**
 * Compares beginnings of each length up to a third with the batches of what follows, as a prediction from those; by
 * Bonferroni over the lengths.
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
