import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centreOf } from "../../../stack/judge/stats/centre.ts";
import { normal, seeded } from "../../support/judge/runs.ts";

describe("the centre of samples", () => {
  test("is absent without a positive one", () => {
    expect(centreOf([])).toBeUndefined();
    expect(centreOf([0, -1, Number.NaN])).toBeUndefined();
  });

  test("is the median and the lowest tenth, whatever the order", () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect(centreOf(values)).toMatchObject({ median: 10.5, low: 3 });
    expect(centreOf([3])).toEqual({ median: 3, low: 3, error: undefined });
  });

  test("has an error that two in three repetitions stay within", () => {
    const random = seeded(3);
    let within = 0;
    for (let trial = 0; trial < 1000; trial += 1) {
      const found = centreOf(Array.from({ length: 25 }, () => Math.exp(0.1 * normal(random))));
      if (Math.abs(Math.log(found?.median ?? 0)) <= (found?.error ?? 0)) within += 1;
    }
    expect(within / 1000).toBeGreaterThan(0.62);
    expect(within / 1000).toBeLessThan(0.76);
  });

  test("never has its low above its median, and knows the same of a scaled figure", () => {
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(positive, { minLength: 3 }), (values) => {
        const [found, scaled] = [centreOf(values), centreOf(values.map((value) => value * 8))];
        expect(found?.low).toBeLessThanOrEqual(found?.median ?? 0);
        expect(scaled?.error).toBeCloseTo(found?.error ?? -1, 6);
      }),
    );
  });
});
