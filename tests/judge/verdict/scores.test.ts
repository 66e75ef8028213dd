import { mean, sampleStandardDeviation } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { betterHalf } from "../../../stack/judge/verdict/scores.ts";
import { normal, seeded } from "../../support/judge/runs.ts";

describe("the better half of the blocks", () => {
  test("has the mean of the better half, for an even number of scores exactly", () => {
    expect(mean([...betterHalf([-3, -1, -2, -8])])).toBeCloseTo(-1.5, 12);
    expect(mean([...betterHalf([5, 5, 5])])).toBe(5);
  });

  test("hardly sees a load that slows every third block, and all of what slows every block", () => {
    const random = seeded(7);
    const quiet = Array.from({ length: 300 }, () => 0.1 * normal(random));
    const level = mean([...betterHalf(quiet)]);
    const bursts = quiet.map((score, block) => score - (block % 3 === 0 ? 0.6 : 0));
    expect(level - mean([...betterHalf(bursts)])).toBeLessThan(0.05);
    expect(mean(quiet) - mean(bursts)).toBeCloseTo(0.2, 6);
    const slower = quiet.map((score) => score - 0.3);
    expect(level - mean([...betterHalf(slower)])).toBeCloseTo(0.3, 12);
  });

  test("claims the error that repetition shows, within a tenth", () => {
    const random = seeded(8);
    const samples = Array.from({ length: 2000 }, () => betterHalf(Array.from({ length: 24 }, () => normal(random))));
    const seen = sampleStandardDeviation(samples.map((scores) => mean([...scores])));
    const claimed = mean(samples.map((scores) => sampleStandardDeviation([...scores]) / Math.sqrt(scores.length)));
    expect(claimed / seen).toBeGreaterThan(0.9);
    expect(claimed / seen).toBeLessThan(1.1);
  });
});
