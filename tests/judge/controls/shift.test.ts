import { describe, expect, test } from "vitest";
import { NO_SHIFT, predictedBy, shiftOf, shrunk } from "../../../stack/judge/controls/shift.ts";

const near = (value: number, digits: number): unknown => expect.closeTo(value, digits);

describe("the shift of a control", () => {
  test("is none within two errors of reading it, and whole far beyond them", () => {
    expect(shrunk(0.1, 0.05)).toEqual({ value: 0, error: 0 });
    expect(shrunk(-0.1, 0.06)).toEqual({ value: near(0, 12), error: 0 });
    expect(shrunk(1, 0.01).value).toBeCloseTo(1, 2);
    expect(shrunk(0, 0)).toEqual(NO_SHIFT);
  });

  test("grows without a jump between these", () => {
    expect(shrunk(0.101, 0.05).value).toBeLessThan(0.003);
    expect(shrunk(-0.2, 0.05).value).toBeCloseTo(-0.15, 12);
  });

  test("is read better by more blocks", () => {
    expect(shiftOf([0.1, 0.1], [0, 0], 0.05).value).toBeCloseTo(0, 12);
    const many = Array.from({ length: 50 }, () => 0.1);
    expect(shiftOf(many, [0, 0, 0, 0, 0, 0, 0, 0], 0.05).value).toBeGreaterThan(0.05);
    expect(shiftOf([], [0], 0.05)).toBe(NO_SHIFT);
  });

  test("predicts its coefficient's share of it, with the errors of both", () => {
    const found = predictedBy({ value: -0.5, error: 0.2 }, { value: 0.9, error: 0.1 });
    expect(found.shift).toBeCloseTo(-0.45, 12);
    expect(found.error).toBeCloseTo(Math.hypot(0.18, 0.05), 12);
  });
});
