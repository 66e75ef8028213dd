import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { intervalOf, logMargin, logRatio, lossOf, pBelow } from "../../../stack/judge/stats/effect.ts";
import { holm } from "../../../stack/judge/stats/holm.ts";
import { lookConstant, PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { blocksNeeded } from "../../../stack/judge/stats/power.ts";
import { studentQuantile } from "../../../stack/judge/stats/student.ts";
import { normal, seeded, type Random } from "../../support/judge/runs.ts";

const sample = (random: Random, count: number, noise = 0.1) =>
  Array.from({ length: count }, () => Math.exp(noise * normal(random)));

describe("the log ratio", () => {
  test("is signed so that more is better, for rates and for latencies", () => {
    expect(logRatio([200, 200], [100, 100], "more is better").estimate).toBeCloseTo(Math.LN2);
    expect(logRatio([200, 200], [100, 100], "less is better").estimate).toBeCloseTo(-Math.LN2);
  });

  test("changes its sign and nothing else when both sides are exchanged", () => {
    const values = fc.array(fc.double({ min: 1, max: 1e5, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (left, right) => {
        const there = logRatio(left, right, "more is better");
        const back = logRatio(right, left, "more is better");
        expect(there.estimate).toBeCloseTo(-back.estimate, 9);
        expect(there.standardError).toBeCloseTo(back.standardError, 9);
      }),
    );
  });

  test("refuses fewer than two blocks, and values that are no rate", () => {
    expect(() => logRatio([1], [1, 2], "more is better")).toThrow(RangeError);
    expect(() => logRatio([0, 1], [1, 2], "more is better")).toThrow(RangeError);
  });

  test.each([
    [6, 6],
    [6, 15],
  ])("has an interval of 95 %% that holds the truth in 95 %% of runs of %i and %i blocks", (now, before) => {
    const random = seeded(now * 100 + before);
    let held = 0;
    for (let trial = 0; trial < 4000; trial += 1) {
      const { low, high } = intervalOf(logRatio(sample(random, now), sample(random, before), "more is better"), 0.025);
      if (low <= 0 && high >= 0) held += 1;
    }
    expect(held / 4000).toBeGreaterThan(0.94);
    expect(held / 4000).toBeLessThan(0.96 + 0.01);
  });

  test("gives a p-value that agrees with its interval", () => {
    const random = seeded(5);
    for (let trial = 0; trial < 200; trial += 1) {
      const effect = logRatio(sample(random, 6), sample(random, 6), "more is better");
      expect(pBelow(effect, -0.1) <= 0.025).toBe(intervalOf(effect, 0.025).high <= -0.1);
    }
  });

  test("is certain where nothing varies", () => {
    const effect = logRatio([50, 50], [100, 100], "more is better");
    expect(pBelow(effect, -0.1)).toBe(0);
    expect(pBelow(effect, -1)).toBe(1);
  });
});

describe("margins", () => {
  test("a fraction lost and its distance undo each other", () => {
    expect(lossOf(logMargin(0.1))).toBeCloseTo(0.1, 12);
    expect(logMargin(0.5)).toBeCloseTo(Math.LN2, 12);
  });
});

describe("Holm's correction", () => {
  /** The worked example of Wikipedia, Holm–Bonferroni method; R's p.adjust(c(.01, .04, .03, .005), "holm") gives the same. */
  test("gives the worked example of Holm's step-down", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(6)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([])).toEqual([]);
  });

  test("never lowers a p-value and keeps their order", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (values) => {
        const adjusted = holm(values);
        for (const [index, p] of values.entries()) {
          expect(adjusted[index]).toBeGreaterThanOrEqual(p);
          expect(adjusted[index]).toBeLessThanOrEqual(1);
          for (const [other, q] of values.entries()) {
            if (p < q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other] ?? 0);
          }
        }
      }),
    );
  });

  test("keeps the chance of one false alarm in a family of 20 below 5 %", () => {
    const random = seeded(11);
    let alarms = 0;
    for (let trial = 0; trial < 4000; trial += 1) {
      if (holm(Array.from({ length: 20 }, random)).some((p) => p <= 0.05)) alarms += 1;
    }
    expect(alarms / 4000).toBeLessThan(0.06);
  });
});

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("planned looks", () => {
  test("keep the false alarms of four looks at 2.5 % on one side, where naive peeking exceeds 5 %", () => {
    const random = seeded(13);
    const { tail } = lookConstant(PLANNED_LOOKS, 6);
    const trials = 4000;
    let corrected = 0;
    let naive = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const now = sample(random, 15);
      const before = sample(random, 15);
      const tests = PLANNED_LOOKS.map((look) =>
        pBelow(logRatio(now.slice(0, look), before.slice(0, look), "more is better"), 0),
      );
      if (tests.some((p) => p <= tail)) corrected += 1;
      if (tests.some((p) => p <= 0.025)) naive += 1;
    }
    expect(corrected / trials).toBeLessThan(0.033);
    expect(naive / trials).toBeGreaterThan(0.04);
  });

  test("keep the false alarms of five looks at 5 %, where naive peeking has the published 14.2 %", () => {
    // Armitage, McPherson and Rowe, JRSS A 132, 1969, table 2: five looks at a nominal 5 % give 0.142.
    const random = seeded(17);
    const { z } = lookConstant([1, 2, 3, 4, 5], 1);
    const trials = 20_000;
    let corrected = 0;
    let naive = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      let sum = 0;
      let largest = 0;
      for (let look = 1; look <= 5; look += 1) {
        sum += normal(random);
        largest = Math.max(largest, Math.abs(sum) / Math.sqrt(look));
      }
      if (largest > z) corrected += 1;
      if (largest > 1.96) naive += 1;
    }
    const error = (share: number) => 3 * Math.sqrt((share * (1 - share)) / trials);
    expect(Math.abs(naive / trials - 0.142)).toBeLessThan(error(0.142));
    expect(Math.abs(corrected / trials - 0.05)).toBeLessThan(error(0.05));
  });

  test("have the z of the published table", () => {
    const z = [1, 2, 3, 4, 5].map((looks) => lookConstant(upTo(looks), looks).z);
    expect(z).toEqual([1.96, 2.178, 2.289, 2.361, 2.413]);
    for (const looks of [1, 2, 3, 4, 5]) {
      const { tail, z } = lookConstant(upTo(looks), looks);
      expect(studentQuantile(tail, 1e5)).toBeCloseTo(z, 2);
    }
    expect(() => lookConstant([], 6)).toThrow(RangeError);
  });
});

describe("the number of blocks that would decide", () => {
  const input = { deviation: 0.1, baselineError: 0.02, tail: 0.025, blocks: 6 };

  test("is smaller for a larger distance and never one that was already made", () => {
    const near = blocksNeeded({ ...input, distance: 0.06 });
    const far = blocksNeeded({ ...input, distance: 0.2 });
    expect(far).toBe(7);
    expect(near).toBeGreaterThan(10);
  });

  /** From the published t: 2.571 / √6 > 1 and 2.447 / √7 < 1; 2.120 / √17 > ½ and 2.110 / √18 < ½. */
  test.each([
    [1, 7],
    [0.5, 18],
  ])("is the first n for which t·s/√n is within %f s: %i", (distance, blocks) => {
    expect(blocksNeeded({ distance, deviation: 1, baselineError: 0, tail: 0.025, blocks: 2 })).toBe(blocks);
  });

  test("is unknown where the baseline itself is too uncertain", () => {
    expect(blocksNeeded({ ...input, distance: 0.03 })).toBeUndefined();
  });
});
