import { describe, expect, test } from "vitest";
import { meanCalibration } from "../../../stack/judge/expectation/calibration-mean.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";

const run = (factor: number, change: Partial<Calibration> = {}): Calibration => ({
  cpuMs: 10 * factor,
  syncWriteMs: factor,
  inside: "store",
  insideCpuStepsPerS: 1000 / factor,
  publishedRttMs: { store: 0.2 * factor },
  errors: { cpuMs: 0.02 },
  loaderCeiling: 1e6,
  notes: [],
  ...change,
});

describe("the calibration of several runs", () => {
  test("of one run is that run's, and of none is none", () => {
    const one = run(1);
    expect(meanCalibration([one])).toBe(one);
    expect(meanCalibration([])).toBeUndefined();
    expect(meanCalibration([run(1), undefined])).toBeUndefined();
  });

  test("is the geometric mean of every figure, with what the runs differ as its error", () => {
    const mean = meanCalibration([run(0.5), run(2)]);
    expect(mean?.cpuMs).toBeCloseTo(10, 9);
    expect(mean?.insideCpuStepsPerS).toBeCloseTo(1000, 9);
    expect(mean?.publishedRttMs?.["store"]).toBeCloseTo(0.2, 9);
    expect(mean?.errors?.["cpuMs"]).toBeCloseTo(Math.LN2, 9);
  });

  test("keeps the error of each run where they do not differ", () => {
    expect(meanCalibration([run(1), run(1), run(1), run(1)])?.errors?.["cpuMs"]).toBeCloseTo(0.01, 9);
  });

  test("leaves out what one run lacks, and says of no container what came from two", () => {
    const { syncWriteMs: _, ...without } = run(1);
    expect(meanCalibration([run(1), without])).not.toHaveProperty("syncWriteMs");
    expect(meanCalibration([run(1), run(1, { publishedRttMs: {} })])?.publishedRttMs).toEqual({});
    expect(meanCalibration([run(1), run(1, { inside: "queue" })])).not.toHaveProperty("inside");
  });
});
