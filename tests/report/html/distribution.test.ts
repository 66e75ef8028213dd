import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { latencyHistogram } from "../../../stack/load/histogram.ts";
import { densityOf } from "../../../stack/report/html/distribution.ts";

function histogramOf(values: readonly number[]) {
  const histogram = latencyHistogram();
  for (const value of values) histogram.recordValue(value);
  return histogram;
}

describe("the density of latencies", () => {
  test("must share out every operation of the range exactly once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20, max: 50_000 }), { minLength: 1, maxLength: 200 }), (values) => {
        // One bin is wider than the smoothing reaches over the edges.
        const bins = densityOf(histogramOf(values), 1, 1_000_000);
        expect(bins.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 6);
      }),
    );
  });

  test("must be highest where most operations are", () => {
    const values = [...Array.from({ length: 90 }, () => 300), ...Array.from({ length: 10 }, () => 5000)];
    const bins = densityOf(histogramOf(values), 100, 10_000);
    const highest = bins.toSorted((a, b) => b.share - a.share)[0];
    expect(highest?.at).toBeGreaterThan(260);
    expect(highest?.at).toBeLessThan(340);
    expect(bins.filter(({ at }) => at > 4000 && at < 6500).reduce((total, { share }) => total + share, 0)).toBeCloseTo(
      0.1,
      2,
    );
  });

  test("must show no comb where operations take a few whole microseconds", () => {
    const values = Array.from({ length: 3000 }, (_, index) => 6 + (index % 30));
    const shares = densityOf(histogramOf(values), 6, 36).map(({ share }) => share);
    const inside = shares.slice(2, -2);
    // Evenly spread on the linear axis is rising on the logarithmic one: every bin has more than the one before.
    for (const [index, share] of inside.entries())
      expect(share).toBeGreaterThanOrEqual((inside[index - 1] ?? 0) * 0.999);
  });

  test("must count operations of less than a microsecond, which have no logarithm", () => {
    const bins = densityOf(histogramOf([0, 0, 0, 2]), 1, 10);
    expect(bins.every(({ share }) => Number.isFinite(share))).toBe(true);
  });
});
