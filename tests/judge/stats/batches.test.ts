import { mean, sampleVariance } from "simple-statistics";
import { describe, expect, test } from "vitest";
import {
  BATCHES_MINIMUM,
  batchMeans,
  batchMeansInterval,
  meansOf,
  vonNeumannLimit,
  vonNeumannRatio,
} from "../../../stack/judge/stats/batches.ts";
import { correlated, normal, seeded } from "../../support/judge/runs.ts";

const TRIALS = 2000;

/** Share of series of `length` values, each like its neighbour by `likeness`, whose interval holds the mean. */
function coverage(length: number, likeness: number, interval = batchMeansInterval): number {
  const random = seeded(length + 100 * likeness);
  let held = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const next = correlated(random, likeness);
    const found = interval(Array.from({ length }, () => 100 + next()));
    if (found !== undefined && found.low <= 100 && found.high >= 100) held += 1;
  }
  return held / TRIALS;
}

describe("von Neumann's ratio", () => {
  test("is 2 on average for independent values, and 0 for what only rises slowly", () => {
    expect(vonNeumannRatio([1, 2, 1, 2])).toBe(3);
    expect(vonNeumannRatio([1, 1, 2, 2])).toBe(1);
    expect(vonNeumannRatio([5, 5, 5])).toBe(2);
    expect(vonNeumannRatio(Array.from({ length: 100 }, (_, index) => index))).toBeLessThan(0.01);
  });

  test.each([6, 12, 30])("is below its limit in 5 %% of independent series of %i", (length) => {
    const random = seeded(length);
    let below = 0;
    for (let trial = 0; trial < 4000; trial += 1) {
      const values = Array.from({ length }, () => normal(random));
      if (vonNeumannRatio(values) < vonNeumannLimit(length)) below += 1;
    }
    // Three standard errors of 5 % in 4000 trials are 1 %; the normal distribution is half a percent off at 6 values.
    expect(Math.abs(below / 4000 - 0.05)).toBeLessThan(0.015);
  });
});

describe("batches", () => {
  test("are single values where neighbours are independent, and longer where they are alike", () => {
    const independent = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 1 : 2));
    expect(batchMeans(independent)).toEqual({ size: 1, values: independent });
    const alike = Array.from({ length: 48 }, (_, index) => Math.floor(index / 8) % 2);
    expect(batchMeans(alike).size).toBeGreaterThanOrEqual(4);
  });

  test("are never fewer than six, and hold every value", () => {
    const rising = Array.from({ length: 27 }, (_, index) => index);
    const { size, values } = batchMeans(rising);
    expect(size).toBe(4);
    expect(values).toHaveLength(BATCHES_MINIMUM);
    expect(batchMeans(rising.slice(0, 11)).size).toBe(1);
    expect(meansOf([1, 2, 3, 4, 5], 2)).toEqual([2, 4.5]);
  });
});

describe("the interval by batch means", () => {
  test("is Student's for independent values", () => {
    // Mean 3, deviation √2.5, t(0.025, 4) = 2.776.
    const found = batchMeansInterval([1, 2, 3, 4, 5]);
    expect(found?.low).toBeCloseTo(3 - (2.776 * Math.sqrt(2.5)) / Math.sqrt(5), 3);
    expect(batchMeansInterval([1])).toBeUndefined();
  });

  test.each([10, 60])("holds the mean of %i independent values in 95 %% of series", (length) => {
    // A fifth of what looks alike by chance is batched, which costs width and no coverage.
    expect(Math.abs(coverage(length, 0) - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / TRIALS));
  });

  test("holds it in over 90 % where neighbours are half alike, where single values hold it in under 80 %", () => {
    expect(coverage(120, 0.5)).toBeGreaterThan(0.9);
    expect(coverage(120, 0.5, ofSingleValues)).toBeLessThan(0.8);
  });
});

/** What ignores that neighbours are alike. */
function ofSingleValues(values: readonly number[]) {
  const centre = mean([...values]);
  const half = 1.96 * Math.sqrt(sampleVariance([...values]) / values.length);
  return { mean: centre, low: centre - half, high: centre + half };
}
