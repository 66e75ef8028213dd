/** The median over blocks, with its interval. */
import { median } from "simple-statistics";

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Probability that such an interval holds the true median; at least the requested one. */
  readonly coverage: number;
}

export interface MedianEstimate {
  readonly median: number;
  /** Absent if even (minimum, maximum) does not reach the coverage: below 6 blocks for 95 %. */
  readonly interval: Interval | undefined;
}

/**
 * The median and its order-statistic interval, which assumes only that blocks are independent: the true median lies
 * between the k-th lowest and the k-th highest of n with probability 1 − 2·P(Binomial(n, ½) < k). Six blocks give
 * (minimum, maximum) 96.9 %, five only 93.8 %: this is where "six or more blocks" comes from.
 * Source: Conover, Practical Nonparametric Statistics, 3.2. Throws on an empty list.
 */
export function medianOf(values: readonly number[], coverage = 0.95): MedianEstimate {
  const sorted = values.toSorted((left, right) => left - right);
  return { median: median(sorted), interval: orderStatisticInterval(sorted, coverage) };
}

function orderStatisticInterval(sorted: readonly number[], wanted: number): Interval | undefined {
  const n = sorted.length;
  let probability = 0.5 ** n;
  let below = probability;
  let best: Interval | undefined;
  for (let k = 1; 2 * k <= n; k += 1) {
    const coverage = 1 - 2 * below;
    if (coverage < wanted) break;
    const low = sorted[k - 1];
    const high = sorted[n - k];
    if (low === undefined || high === undefined) break;
    best = { low, high, coverage };
    probability *= (n - k + 1) / k;
    below += probability;
  }
  return best;
}
