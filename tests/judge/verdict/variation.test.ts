import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { machineVariation, scoreVariation } from "../../../stack/judge/verdict/variation.ts";
import { blockOf, normal, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

/** A baseline of runs whose level varies by `variation`, the same for no two scenarios. */
function baselineOf(runs: number, scenarios: number, variation: number) {
  const random = seeded(runs * 100 + scenarios);
  return recordBaseline(
    Array.from({ length: runs }, () =>
      runOf(
        Array.from({ length: scenarios }, (_, index) => {
          const level = 1000 * Math.exp(variation * normal(random));
          return scenarioOf(
            `store/operation-${index}`,
            Array.from({ length: 6 }, () => blockOf(random, 0, level)),
          );
        }),
      ),
    ),
  );
}

describe("the machine's variation", () => {
  test("is an assumed 5 % where it was measured once", () => {
    expect(machineVariation(baselineOf(1, 12, 0.2))).toEqual({ throughput: 0.05, "p95 latency": 0.05 });
  });

  test("is what the runs of all scenarios show together", () => {
    expect(machineVariation(baselineOf(3, 40, 0.1))["throughput"]).toBeCloseTo(0.1, 1.7);
    expect(machineVariation(baselineOf(10, 12, 0.01))["throughput"]).toBeLessThan(0.02);
  });
});

const level = (value: number) => Array.from({ length: 6 }, () => Math.log(value));

describe("the variation of one scenario's runs", () => {
  test("is the machine's where its own runs are few, and its own where they are many", () => {
    const [low, high] = [level(900), level(1100)];
    const own = Math.log(1100 / 900) / Math.SQRT2;
    expect(scoreVariation(level(1000), [low, high], 0.02)).toBeCloseTo(Math.sqrt((8 * 0.02 ** 2 + own ** 2) / 9), 9);
    const many = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? low : high));
    expect(scoreVariation(level(1000), many, 0.02)).toBeCloseTo(0.1, 1.5);
  });

  test("of a single run is at least what its blocks imply", () => {
    const random = seeded(1);
    const wild = Array.from({ length: 6 }, () => 0.5 * normal(random));
    expect(scoreVariation(wild, [wild], 0.05)).toBeGreaterThan(0.1);
    expect(scoreVariation(level(1000), [level(1000)], 0.05)).toBe(0.05);
  });
});
