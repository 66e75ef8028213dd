import { describe, expect, test } from "vitest";
import { regress, type Row } from "../../../stack/judge/stats/regression.ts";
import { normal, seeded } from "../../support/judge/runs.ts";

const near = (value: number, digits: number): unknown => expect.closeTo(value, digits);

const ASSUMED = [{ value: -0.45, error: 0.25 }];
const random = seeded(3);
const rowsOf = (count: number, slope: number, spread: number, noise: number): readonly Row[] =>
  Array.from({ length: count }, () => {
    const x = spread * normal(random);
    return { x: [x], y: slope * x + noise * normal(random) };
  });
const stratum = (rows: readonly Row[]) => ({ rows, leastNoise: 0.02, centred: 1 });

describe("the regression", () => {
  test("keeps the assumption with its error where there are no data, or nothing varies", () => {
    expect(regress([], ASSUMED)).toEqual([{ value: near(-0.45, 12), error: near(0.25, 12) }]);
    const [still] = regress([stratum(rowsOf(12, 0, 0, 0.05))], ASSUMED);
    expect(still).toEqual({ value: near(-0.45, 12), error: near(0.25, 12) });
  });

  test("follows data that vary, and says how sure it is", () => {
    const [found] = regress([stratum(rowsOf(200, -0.9, 0.4, 0.05))], ASSUMED);
    expect(found?.value).toBeCloseTo(-0.9, 1);
    expect(found?.error).toBeCloseTo(0.05 / (0.4 * Math.sqrt(200)), 2);
  });

  test("equals the closed form of normal assumptions for one row: the mean weighted by precision", () => {
    // Noise 0.02 at x = 1: precision 2500 for y = -0.5 beside 16 for -0.45.
    const [found] = regress([{ rows: [{ x: [1], y: -0.46 }], leastNoise: 0.02, centred: 1 }], ASSUMED);
    expect(found?.value).toBeCloseTo((2500 * -0.46 + 16 * -0.45) / 2516, 9);
    expect(found?.error).toBeCloseTo(1 / Math.sqrt(2516), 9);
  });

  test("is not led astray by a few rows that something else slowed", () => {
    const rows = rowsOf(60, -0.5, 0.3, 0.03).map((row, index) => (index % 20 === 0 ? { ...row, y: row.y - 2 } : row));
    expect(regress([stratum(rows)], ASSUMED)[0]?.value).toBeCloseTo(-0.5, 1);
  });

  test("tells two coefficients apart, and keeps the assumption of the one that nothing varies", () => {
    const rows = Array.from({ length: 100 }, () => {
      const x = normal(random);
      return { x: [x, 0], y: 0.3 * x + 0.05 * normal(random) };
    });
    const [first, second] = regress([stratum(rows)], [...ASSUMED, { value: -0.8, error: 0.3 }]);
    expect(first?.value).toBeCloseTo(0.3, 1);
    expect(second?.value).toBeCloseTo(-0.8, 9);
    expect(second?.error).toBeCloseTo(0.3, 9);
  });
});
