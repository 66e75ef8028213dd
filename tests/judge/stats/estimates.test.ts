import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { medianOf } from "../../../stack/judge/stats/median.ts";
import { quantileOf, rankBounds, samplesNeeded } from "../../../stack/judge/stats/quantiles.ts";
import { checkLittle } from "../../../stack/judge/stats/little.ts";
import { trendOf } from "../../../stack/judge/stats/trend.ts";
import { latencyHistogram } from "../../../stack/load/histogram.ts";
import { normal, seeded } from "../../support/judge/runs.ts";

describe("the median over blocks", () => {
  test("has an interval of 95 % from six blocks on, the whole range at six", () => {
    expect(medianOf([5, 3, 1, 2, 4]).interval).toBeUndefined();
    expect(medianOf([6, 5, 3, 1, 2, 4])).toEqual({ median: 3.5, interval: { low: 1, high: 6, coverage: 0.96875 } });
    expect(medianOf([9, 8, 7, 6, 5, 3, 1, 2, 4]).interval).toMatchObject({ low: 2, high: 8 });
  });

  /** Campbell and Gardner, Calculating confidence intervals for some non-parametric analyses, BMJ 296, 1988: ranks. */
  test.each([
    [10, 2, 9, 0.979],
    [15, 4, 12, 0.965],
    [20, 6, 15, 0.959],
    [25, 8, 18, 0.957],
    [30, 10, 21, 0.957],
    [50, 18, 33, 0.967],
  ])("of %i values has the published ranks %i and %i", (n, low, high, coverage) => {
    const { interval } = medianOf(Array.from({ length: n }, (_, index) => index + 1));
    expect(interval).toMatchObject({ low, high });
    expect(interval?.coverage).toBeCloseTo(coverage, 3);
  });

  test("lies in its interval, and the interval in the range", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 6, maxLength: 40 }),
        (values) => {
          const { median, interval } = medianOf(values);
          expect(interval).toBeDefined();
          expect(interval?.low).toBeLessThanOrEqual(median);
          expect(interval?.high).toBeGreaterThanOrEqual(median);
          expect(interval?.low).toBeGreaterThanOrEqual(Math.min(...values));
          expect(interval?.high).toBeLessThanOrEqual(Math.max(...values));
        },
      ),
    );
  });

  test.each([6, 9, 12, 15])("is covered in at least 95 %% of simulated runs of %i blocks", (blocks) => {
    const random = seeded(blocks);
    let covered = 0;
    for (let trial = 0; trial < 4000; trial += 1) {
      const { interval } = medianOf(Array.from({ length: blocks }, () => Math.exp(0.3 * normal(random))));
      if (interval !== undefined && interval.low <= 1 && interval.high >= 1) covered += 1;
    }
    // Three standard errors of a share of 95 % in 4000 trials are 1 %.
    expect(covered / 4000).toBeGreaterThan(0.94);
  });
});

describe("percentiles", () => {
  test("need 59, 299 and 2995 samples", () => {
    expect([0.95, 0.99, 0.999].map((q) => samplesNeeded(q))).toEqual([59, 299, 2995]);
  });

  /** Wilks, 1941; the table of orders in Nutt and Wallis, Reliability Engineering and System Safety 83, 2004. */
  test.each([
    [59, 59],
    [92, 92],
    [93, 92],
    [124, 122],
    [153, 150],
    [181, 177],
    [208, 203],
  ])("of %i samples have rank %i as the upper bound of p95 with 95 %% confidence", (n, rank) => {
    expect(rankBounds(n, 0.95, 0.95)[1]).toBe(rank);
  });

  test("are not given without enough samples", () => {
    const histogram = latencyHistogram();
    for (let sample = 1; sample <= 58; sample += 1) histogram.recordValue(sample * 100);
    expect(quantileOf(histogram, 0.95)).toBeUndefined();
    histogram.recordValue(5900);
    expect(quantileOf(histogram, 0.95)?.high).toBeGreaterThanOrEqual(5900);
  });

  test("have rank bounds that hold with the stated confidence", () => {
    const random = seeded(7);
    const [low, high] = rankBounds(400, 0.95, 0.95);
    let above = 0;
    let below = 0;
    for (let trial = 0; trial < 2000; trial += 1) {
      const sorted = Array.from({ length: 400 }, random).toSorted((left, right) => left - right);
      if ((sorted[low - 1] ?? 1) > 0.95) above += 1;
      if ((sorted[high - 1] ?? 0) < 0.95) below += 1;
    }
    expect(above / 2000).toBeLessThan(0.065);
    expect(below / 2000).toBeLessThan(0.065);
  });

  test("are bounded for a million samples without underflow", () => {
    const [low, high] = rankBounds(1_000_000, 0.999, 0.95);
    // 1.645 standard deviations of Binomial(10^6, 0.999) are 52.
    expect(low).toBeGreaterThan(999_000 - 56);
    expect(high).toBeLessThan(999_000 + 56);
  });
});

describe("Little's law", () => {
  test("holds for what a closed loop measures, and not for units that were mixed up", () => {
    expect(checkLittle(10, 1000, 10)).toEqual({ deviation: 0, holds: true });
    expect(checkLittle(10, 1000, 9.4).holds).toBe(false);
    expect(checkLittle(10, 1000, 0.01).holds).toBe(false);
  });
});

describe("the trend", () => {
  test("is seen in a series that rises and not in one that only varies", () => {
    const random = seeded(3);
    const rising = Array.from(
      { length: 12 },
      (_, index) => 1000 * (1 + 0.05 * index) * Math.exp(0.02 * normal(random)),
    );
    const steady = Array.from({ length: 12 }, () => 1000 * Math.exp(0.02 * normal(random)));
    expect(trendOf(rising)?.p).toBeLessThan(0.001);
    expect(trendOf(rising)?.change).toBeGreaterThan(0.3);
    expect(trendOf(steady)?.p).toBeGreaterThan(0.01);
    expect(trendOf([1, 2, 3])).toBeUndefined();
  });
});
