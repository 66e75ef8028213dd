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
/** Shuffling stops after this many better divisions: p is above the significance then, however the rest divides. */
const SHUFFLES_BETTER = Math.floor(SIGNIFICANCE * (SHUFFLES + 1));
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
  const best = bestDivision(Float64Array.from(part), workFor(part));
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

interface Best {
  readonly index: number;
  readonly statistic: number;
}

/** Memory for one length of series, used again for each shuffle. */
interface Work {
  /** Sum of the distances of each value to those before it. */
  readonly toEarlier: Float64Array;
  /** Sum of the distances of each value to those of the left side. */
  readonly toLeft: Float64Array;
  /** 1 / n at n. */
  readonly inverse: Float64Array;
}

function workFor({ length }: ArrayLike<number>): Work {
  const inverse = Float64Array.from({ length }, (_, n) => 1 / n);
  return { toEarlier: new Float64Array(length), toLeft: new Float64Array(length), inverse };
}

/**
 * Finds the division with the largest scaled energy distance, Q = mn/(m+n) · (2·E|X−Y| − E|X−X′| − E|Y−Y′|), Matteson
 * and James (5) to (8) with α = 1, or the first one that reaches `enough`. X ends at the border; Y may end before the
 * series does, so that later values do not hide a level that came and went. Each step adds one value to a sum, so that
 * all divisions together take n² steps.
 */
function bestDivision(values: Float64Array, work: Work, enough = Number.POSITIVE_INFINITY): Best | undefined {
  const n = values.length;
  const { toEarlier, toLeft, inverse } = work;
  sumToEarlier(values, toEarlier);
  toLeft.fill(0);
  let best = -1;
  let statistic = Number.NEGATIVE_INFINITY;
  let inLeft = 0;
  for (let index = 0; index <= n - LEVEL_MINIMUM; index += 1) {
    if (index >= LEVEL_MINIMUM) {
      const leftShare = inLeft / (index - 1);
      let between = 0;
      let inRight = 0;
      for (let last = index; last < n; last += 1) {
        const across = toLeft[last] ?? 0;
        between += across;
        inRight += 2 * ((toEarlier[last] ?? 0) - across);
        const right = last - index + 1;
        if (right < LEVEL_MINIMUM) continue;
        const scaled = 2 * between - leftShare * right - inRight * index * (inverse[right - 1] ?? 0); // Q · (m + n)
        if (scaled <= statistic * (last + 1)) continue;
        statistic = scaled / (last + 1);
        best = index;
        if (statistic >= enough) return { index, statistic };
      }
    }
    inLeft += 2 * (toEarlier[index] ?? 0);
    const value = values[index] ?? 0;
    for (let other = index + 1; other < n; other += 1) {
      toLeft[other] = (toLeft[other] ?? 0) + Math.abs(value - (values[other] ?? 0));
    }
  }
  return best < 0 ? undefined : { index: best, statistic };
}

function sumToEarlier(values: Float64Array, sums: Float64Array): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    let sum = 0;
    for (let other = 0; other < index; other += 1) sum += Math.abs(value - (values[other] ?? 0));
    sums[index] = sum;
  }
}

/** Returns the p-value of a division. The series itself counts as one shuffle, so that p is never 0. */
function shuffledShare(part: readonly number[], statistic: number): number {
  const random = generator(SEED);
  const values = Float64Array.from(part);
  const work = workFor(values);
  let better = 0;
  for (let shuffle = 1; shuffle <= SHUFFLES; shuffle += 1) {
    for (let last = values.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      const kept = values[last] ?? 0;
      values[last] = values[other] ?? 0;
      values[other] = kept;
    }
    if ((bestDivision(values, work, statistic)?.statistic ?? 0) >= statistic) better += 1;
    if (better === SHUFFLES_BETTER) return better / shuffle;
  }
  return (better + 1) / (SHUFFLES + 1);
}
