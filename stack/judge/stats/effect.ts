/** How much faster or slower a metric is, as a log ratio with its uncertainty. */
import type { Effect } from "../../core/results/verdict.ts";
import { mean, sampleVariance } from "simple-statistics";
import { studentQuantile, studentUpperTail } from "./student.ts";

/** Whether a larger value of the metric is better (throughput) or worse (latency). */
export type Direction = "more is better" | "less is better";

/**
 * Compares two sets of blocks. Rates and latencies of blocks are skewed and vary in proportion to their size, so their
 * logarithms are compared, with Welch's t, which needs no equal variances and works with 6 blocks. For symmetric
 * logarithms their mean estimates the log of the median. Order statistics, as used for a single median, give no p-value
 * below 2⁻⁶ at 6 blocks: too coarse for correcting over a family. Both lists need two or more positive values; throws a
 * RangeError otherwise.
 */
export function logRatio(now: readonly number[], expected: readonly number[], direction: Direction): Effect {
  const sign = direction === "more is better" ? 1 : -1;
  const scores = (values: readonly number[]) => logsOf(values).map((value) => sign * value);
  return difference(scores(now), scores(expected));
}

/** The same for scores: values on the log scale, of which more is better. Both lists need two or more. */
export function difference(now: readonly number[], expected: readonly number[]): Effect {
  const left = summaryOf(now);
  const right = summaryOf(expected);
  const leftPart = left.variance / left.n;
  const rightPart = right.variance / right.n;
  const denominator = leftPart ** 2 / (left.n - 1) + rightPart ** 2 / (right.n - 1);
  return {
    estimate: left.mean - right.mean,
    standardError: Math.sqrt(leftPart + rightPart),
    df: denominator > 0 ? (leftPart + rightPart) ** 2 / denominator : left.n + right.n - 2,
  };
}

/**
 * Returns the effect against an expectation that is `shift` lower on the log scale and has its own error. The variance
 * of that error counts as known: it adds nothing to the denominator of Welch–Satterthwaite.
 */
export function against(effect: Effect, expectation: { readonly shift: number; readonly error: number }): Effect {
  const own = effect.standardError ** 2;
  const variance = own + expectation.error ** 2;
  return {
    estimate: effect.estimate + expectation.shift,
    standardError: Math.sqrt(variance),
    df: own > 0 ? effect.df * (variance / own) ** 2 : effect.df,
  };
}

/** Returns the two-sided interval with probability `tail` on each side. */
export function intervalOf(effect: Effect, tail: number): { readonly low: number; readonly high: number } {
  const half = effect.standardError * studentQuantile(tail, effect.df);
  return { low: effect.estimate - half, high: effect.estimate + half };
}

/** Returns the p-value of "the effect is at or above the boundary" against "below it". */
export function pBelow(effect: Effect, boundary: number): number {
  if (effect.standardError === 0) return effect.estimate < boundary ? 0 : 1;
  return studentUpperTail((boundary - effect.estimate) / effect.standardError, effect.df);
}

/** Standard deviation of two or more scores. */
export function deviationOf(scores: readonly number[]): number {
  return Math.sqrt(summaryOf(scores).variance);
}

/** Converts a tolerated loss as a fraction (0.1) to a positive distance on the log scale. */
export function logMargin(fraction: number): number {
  return -Math.log1p(-fraction);
}

/** Converts a distance on the log scale to the fraction lost: the inverse of `logMargin`. */
export function lossOf(distance: number): number {
  return -Math.expm1(-distance);
}

function logsOf(values: readonly number[]): readonly number[] {
  if (values.some((value) => !(value > 0))) throw tooFew();
  return values.map((value) => Math.log(value));
}

function summaryOf(scores: readonly number[]): {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
} {
  if (scores.length < 2) throw tooFew();
  return { n: scores.length, mean: mean([...scores]), variance: sampleVariance([...scores]) };
}

function tooFew(): RangeError {
  return new RangeError("a comparison needs two or more positive block values on each side");
}
