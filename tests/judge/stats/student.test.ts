import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { studentQuantile, studentUpperTail } from "../../../stack/judge/stats/student.ts";

/** NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: upper critical values of Student's t. */
const TABLE: readonly (readonly [df: number, tail: number, t: number])[] = [
  [1, 0.1, 3.078],
  [1, 0.025, 12.706],
  [1, 0.001, 318.309],
  [2, 0.05, 2.92],
  [3, 0.01, 4.541],
  [5, 0.025, 2.571],
  [10, 0.05, 1.812],
  [10, 0.025, 2.228],
  [10, 0.005, 3.169],
  [16, 0.001, 3.686],
  [30, 0.025, 2.042],
  [60, 0.01, 2.39],
  [100, 0.005, 2.626],
];

describe("Student's t", () => {
  test.each(TABLE)("has the published critical value for df %d at tail %d", (df, tail, t) => {
    expect(studentQuantile(tail, df)).toBeCloseTo(t, 3);
  });

  test("becomes the normal distribution for many degrees of freedom", () => {
    expect(studentQuantile(0.025, 1e5)).toBeCloseTo(1.95996, 3);
    expect(studentQuantile(0.0091, 1e5)).toBeCloseTo(2.3615, 3);
  });

  test("tail and quantile undo each other, also for Welch's degrees of freedom that are not whole", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 0.9999, noNaN: true }),
        fc.double({ min: 1, max: 500, noNaN: true }),
        (tail, df) => {
          expect(studentUpperTail(studentQuantile(tail, df), df)).toBeCloseTo(tail, 8);
        },
      ),
    );
  });

  test("falls from 1 to 0", () => {
    expect(studentUpperTail(-Infinity, 4)).toBe(1);
    expect(studentUpperTail(0, 4)).toBeCloseTo(0.5, 12);
    expect(studentUpperTail(Infinity, 4)).toBe(0);
  });
});
