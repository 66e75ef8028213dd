import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDistribution, percentilesInDocument } from "../../../../stack/judge/lint/rules/percentiles.ts";
import { statedNumber } from "../../../../stack/judge/lint/rules/stated.ts";
import { AB_OUTPUT, outputOf, rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const inRows = (...rows: ReturnType<typeof rowOf>[]) => percentilesInDocument(sourceOf({ tables: [tableOf()], rows }));

describe("percentiles", () => {
  test("that fall are found", () => {
    const [found] = inRows(rowOf("bread", { p50Ms: 8, p95Ms: 30, p99Ms: 20 }));
    expect(found).toMatchObject({ rule: "percentile order", severity: "impossible" });
    expect(found?.says).toBe("bread: p99 is below p95");
  });

  test("leave a mean no room below half the median, nor above a distribution with a maximum", () => {
    expect(inRows(rowOf("bread", { meanMs: 3, p50Ms: 8 }))[0]?.says).toContain("the mean cannot be");
    const high = rowOf("cake", { meanMs: 50, p50Ms: 8, p95Ms: 20, p99Ms: 30, maxMs: 40 });
    expect(inRows(high)[0]).toMatchObject({ rule: "mean within percentiles", severity: "impossible" });
  });

  test("without a maximum allow any larger mean", () => {
    expect(inRows(rowOf("bread", { meanMs: 500, p50Ms: 8, p95Ms: 20 }))).toEqual([]);
  });

  test("of a real tool's output are in order", () => {
    expect(percentilesInDocument(sourceOf({ toolOutputs: [outputOf(AB_OUTPUT)] }))).toEqual([]);
    const swapped = AB_OUTPUT.map((line) => line.replace("  95%     42", "  95%    142"));
    expect(percentilesInDocument(sourceOf({ toolOutputs: [outputOf(swapped)] }))).toHaveLength(1);
  });

  test("of any samples, rounded to any digit, are never found", () => {
    const sample = fc.double({ min: 0.1, max: 5000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 0, max: 3 }),
        (samples, digits) => {
          const sorted = samples.toSorted((a, b) => a - b);
          const rounded = (value: number) => statedNumber(Number(value.toFixed(digits)), "ms");
          // The smallest value with at least this share of the samples at or below it, as histograms answer.
          const at = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
          const percentiles = [50, 66, 95, 99, 100].map((percent) => ({ percent, ms: rounded(at(percent)) }));
          const mean = rounded(samples.reduce((sum, value) => sum + value, 0) / samples.length);
          const halfDigit = 0.5 * 10 ** -digits;
          const wide = percentiles.map(({ percent, ms }) => ({
            percent,
            ms: { low: ms.low - halfDigit, high: ms.high + halfDigit },
          }));
          expect(checkDistribution({ place: "", lines: [], what: "any", percentiles: wide, mean })).toEqual([]);
        },
      ),
    );
  });
});
