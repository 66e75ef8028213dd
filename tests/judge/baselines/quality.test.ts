import { describe, expect, test } from "vitest";
import { baselineQualitySchema } from "../../../stack/core/results/baseline-quality.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { noiseWord, qualityOf } from "../../../stack/judge/baselines/quality.ts";
import { typicalWidth, widthsOf } from "../../../stack/judge/baselines/width.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { besideOthers, blockOf, runOf, scenarioOf, seeded, simulateRun } from "../../support/judge/runs.ts";

const random = seeded(29);
const level = (first: number, second: number) =>
  simulateRun({ random, scenarios: 3, blocks: 12, noise: 0.03, levels: { 0: first, 1: second, 2: second } });
const even = () => level(1000, 1000);

describe("the width of a baseline", () => {
  test("is near the profile's margin where runs are alike", () => {
    const widths = widthsOf(recordBaseline([even(), even(), even()]));
    expect(widths.map(({ scenario, runs, blocks }) => [scenario, runs, blocks])).toEqual([
      ["store/operation-0", 3, 12],
      ["store/operation-1", 3, 12],
      ["store/operation-2", 3, 12],
    ]);
    for (const { excludes } of widths) expect(excludes).toBeLessThan(0.15);
    expect(noiseWord(recordBaseline([even(), even(), even()]))).toBe("low");
  });

  test("is what a run as fast as the baseline then excludes", () => {
    const baseline = recordBaseline([even(), even(), even()]);
    const { scenarios } = judge(even(), baseline);
    const excluded = scenarios.map(({ comparisons }) => comparisons.find(({ metric }) => metric === "throughput"));
    widthsOf(baseline).forEach(({ excludes }, index) => {
      const margin = excluded[index]?.margin ?? 0;
      expect(excludes).toBeCloseTo(-Math.expm1(-margin), 1);
    });
  });

  test("names the run that makes it wide, by its place in the file, and what would be without it", () => {
    const slow = level(400, 1000);
    const baseline = recordBaseline([even(), even(), slow, even(), even()]);
    const { widths, leftOut, disturbed } = qualityOf(baseline);
    expect([leftOut, disturbed]).toEqual([false, []]);
    const [first] = widths;
    expect(first?.widest?.run).toBe(3);
    expect(first?.widest?.excludes).toBeLessThan(0.2);
    expect(first?.excludes).toBeGreaterThan(0.5);
  });

  test("names no run where all differ alike, and none of two", () => {
    const spread = recordBaseline([600, 800, 1000, 1300, 1700].map((value) => level(value, value)));
    expect(widthsOf(spread).flatMap(({ widest }) => widest ?? [])).toEqual([]);
    expect(widthsOf(recordBaseline([even(), level(400, 400)])).flatMap(({ widest }) => widest ?? [])).toEqual([]);
  });

  test("counts places in the file also where runs are left out", () => {
    const disturbed = besideOthers(even(), 3);
    const quality = qualityOf(recordBaseline([disturbed, even(), even(), level(300, 300), even()]));
    expect(quality.leftOut).toBe(true);
    expect(quality.disturbed.map(({ run }) => run)).toEqual([1]);
    expect(quality.widths[0]?.widest?.run).toBe(4);
    expect(baselineQualitySchema.safeParse(quality).success).toBe(true);
  });

  test("is unknown where a scenario has a single block", () => {
    const lonely = runOf([scenarioOf("store/read", [blockOf(random, 0.1)])]);
    expect(widthsOf(recordBaseline([lonely]))).toEqual([]);
    expect(typicalWidth(recordBaseline([lonely]))).toBeUndefined();
    expect(qualityOf(recordBaseline([lonely]))).not.toHaveProperty("noise");
  });

  test("has a word that grows with the variation of the runs", () => {
    const words = [0, 0.13, 0.2, 0.5].map((distance) =>
      noiseWord(recordBaseline([-1, 0, 1].map((step) => level(...twice(1000 * Math.exp(step * distance)))))),
    );
    expect(words).toEqual(["low", "moderate", "high", "too high"]);
  });
});

function twice(value: number): readonly [number, number] {
  return [value, value];
}
