/** Percentiles of latencies, given only with enough samples. */
import type { Histogram } from "hdr-histogram-js";

/** The used part of a histogram; latencies in microseconds. */
export type LatencyHistogram = Pick<Histogram, "totalCount" | "getValueAtPercentile" | "mean" | "maxValue">;

export interface QuantileBounds {
  /** Microseconds. */
  readonly value: number;
  /** One-sided bounds of the given confidence each, microseconds. */
  readonly low: number;
  readonly high: number;
}

/**
 * Returns the samples needed for a finite upper bound of quantile q: some sample must lie above it, and all n lie below
 * with probability qⁿ, so n ≥ ln(1 − confidence) / ln q. At 95 %: p95 needs 59, p99 299, p99.9 2995.
 */
export function samplesNeeded(q: number, confidence = 0.95): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(q));
}

/** Returns the quantile with its order-statistic bounds, or undefined with too few samples to bound it. */
export function quantileOf(histogram: LatencyHistogram, q: number, confidence = 0.95): QuantileBounds | undefined {
  const n = histogram.totalCount;
  if (n < samplesNeeded(q, confidence)) return undefined;
  const [low, high] = rankBounds(n, q, confidence);
  return {
    value: histogram.getValueAtPercentile(100 * q),
    low: histogram.getValueAtPercentile((100 * low) / n),
    high: histogram.getValueAtPercentile((100 * high) / n),
  };
}

/**
 * Returns the ranks (1 … n) of the samples that bound the quantile: the number of samples below it is Binomial(n, q).
 */
export function rankBounds(n: number, q: number, confidence: number): readonly [low: number, high: number] {
  const { first, probabilities } = binomial(n, q);
  let cumulative = 0;
  let low = 1;
  for (const [index, probability] of probabilities.entries()) {
    cumulative += probability;
    const count = first + index;
    if (cumulative <= 1 - confidence) low = count + 1;
    if (cumulative >= confidence) return [low, Math.min(n, count + 1)];
  }
  return [low, n];
}

/** Terms this small compared with the largest one change no bound. */
const NEGLIGIBLE = 1e-18;

/** Returns binomial probabilities around the mode, as far as they matter: some √n of the n + 1 terms. */
function binomial(n: number, q: number): { readonly first: number; readonly probabilities: readonly number[] } {
  const mode = Math.min(n, Math.floor((n + 1) * q));
  const odds = q / (1 - q);
  const above = [1];
  for (let k = mode, weight = 1; k < n && weight > NEGLIGIBLE; k += 1) {
    weight *= ((n - k) * odds) / (k + 1);
    above.push(weight);
  }
  const below: number[] = [];
  for (let k = mode, weight = 1; k > 0 && weight > NEGLIGIBLE; k -= 1) {
    weight *= k / ((n - k + 1) * odds);
    below.push(weight);
  }
  const weights = [...below.toReversed(), ...above];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first: mode - below.length, probabilities: weights.map((weight) => weight / total) };
}
