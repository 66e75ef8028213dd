/** Finds the runs at which a series changes its level. */
import { mean } from "simple-statistics";
import { generator } from "./generator.ts";

export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** Mean of the values from the change before to this one. */
  readonly before: number;
  readonly after: number;
  /** Share of shuffled series that divide at least as well. */
  readonly p: number;
}

/** Fewer values of a level may be a passing disturbance. */
const LEVEL_MINIMUM = 3;
/**
 * An unchanged series is marked in at most one of 200 cases, a table of 12 scenarios in one of 17. After 20 runs on one
 * level, 3 runs on another one can be detected at this p-value: only 2 of 1771 shuffles put them together at an end.
 */
const SIGNIFICANCE = 0.005;
const SHUFFLES = 999;
/** Shuffling stops after this many better divisions: there is no change, and p is known to a third of itself. */
const SHUFFLES_BETTER = 10;
/** Older values are left out: the work grows quadratically, and 150 runs are half a year of working days. */
const VALUES_MAXIMUM = 150;
/** Any fixed number, so that the same series gives the same result. */
const SEED = 20_140_312;

/**
 * Change points by hierarchical division (E-divisive with means). The series is divided where the energy distance
 * between both sides is largest, if fewer than 1 in 200 of its shuffles divide as well; then each part in turn. The
 * permutation test assumes only that unchanged runs are exchangeable. Unlike Hunter's t-test it also finds a level that
 * changed and came back. Slow drift of the machine counts as change too. Deterministic. Sources: Matteson and James, A
 * nonparametric approach for multiple change point analysis, JASA 109, 2014; Fleming et al., Hunter: using change point
 * detection to hunt for performance regressions, ICPE 2023; on stopping the shuffles early: Besag and Clifford,
 * Sequential Monte Carlo p-values, Biometrika 78, 1991.
 */
export function changePoints(series: readonly number[]): readonly ChangePoint[] {
  const skipped = Math.max(0, series.length - VALUES_MAXIMUM);
  const values = series.slice(skipped);
  const found = divide(values, 0).toSorted((left, right) => left.index - right.index);
  return found.map(({ index, p }, position) => {
    const start = found[position - 1]?.index ?? 0;
    const end = found[position + 1]?.index ?? values.length;
    const before = mean(values.slice(start, index));
    return { index: skipped + index, before, after: mean(values.slice(index, end)), p };
  });
}

interface Division {
  readonly index: number;
  readonly p: number;
}

/** Divides recursively. `offset` is the position of the part in the whole series. */
function divide(part: readonly number[], offset: number): readonly Division[] {
  const best = bestDivision(part);
  if (best === undefined) return [];
  const p = shuffledShare(part, best.statistic);
  if (p > SIGNIFICANCE) return [];
  const { index } = best;
  return [
    ...divide(part.slice(0, index), offset),
    { index: offset + index, p },
    ...divide(part.slice(index), offset + index),
  ];
}

/**
 * Finds the division with the largest scaled energy distance, Q = mn/(m+n) · (2·E|X−Y| − E|X−X′| − E|Y−Y′|), Matteson
 * and James (5) to (8) with α = 1. X ends at the border; Y may end before the series does, so that later values do not
 * hide a level that came and went. Cumulative sums of all distances give each Q in a few steps.
 */
function bestDivision(
  values: readonly number[],
  sums = new Float64Array((values.length + 1) ** 2),
): { readonly index: number; readonly statistic: number } | undefined {
  const n = values.length;
  cumulateDistances(values, sums);
  const upTo = (row: number, column: number): number => sums[row * (n + 1) + column] ?? 0;
  let best: { readonly index: number; readonly statistic: number } | undefined;
  for (let index = LEVEL_MINIMUM; index <= n - LEVEL_MINIMUM; index += 1) {
    const inLeft = upTo(index, index);
    for (let end = index + LEVEL_MINIMUM; end <= n; end += 1) {
      const right = end - index;
      const between = upTo(index, end) - inLeft;
      const inRight = upTo(end, end) - 2 * upTo(index, end) + inLeft;
      const energy = (2 * between) / (index * right) - inLeft / (index * (index - 1)) - inRight / (right * (right - 1));
      const statistic = ((index * right) / end) * energy;
      if (best === undefined || statistic > best.statistic) best = { index, statistic };
    }
  }
  return best;
}

/**
 * Stores at row × (n + 1) + column the sum of |a − b| over the first `row` and the first `column` values; edges are 0.
 */
function cumulateDistances(values: readonly number[], sums: Float64Array): void {
  const n = values.length;
  for (let row = 0; row < n; row += 1) {
    const value = values[row] ?? 0;
    let inRow = 0;
    for (let column = 0; column < n; column += 1) {
      inRow += Math.abs(value - (values[column] ?? 0));
      sums[(row + 1) * (n + 1) + column + 1] = (sums[row * (n + 1) + column + 1] ?? 0) + inRow;
    }
  }
}

/** Returns the p-value of a division. The series itself counts as one shuffle, so that p is never 0. */
function shuffledShare(part: readonly number[], statistic: number): number {
  const random = generator(SEED);
  const values = [...part];
  const sums = new Float64Array((values.length + 1) ** 2);
  let better = 0;
  for (let shuffle = 1; shuffle <= SHUFFLES; shuffle += 1) {
    for (let last = values.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      const kept = values[last] ?? 0;
      values[last] = values[other] ?? 0;
      values[other] = kept;
    }
    if ((bestDivision(values, sums)?.statistic ?? 0) >= statistic) better += 1;
    if (better === SHUFFLES_BETTER) return better / shuffle;
  }
  return (better + 1) / (SHUFFLES + 1);
}
