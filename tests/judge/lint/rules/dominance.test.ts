import { describe, expect, test } from "vitest";
import { wholeAndPart } from "../../../../stack/judge/lint/rules/dominance.ts";
import { rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const check = (...rows: ReturnType<typeof rowOf>[]) =>
  wholeAndPart(sourceOf({ tables: [tableOf(), tableOf("stove")], rows }));
const plain = rowOf("toast", { involves: [], p50Ms: 20, p95Ms: 40 });

describe("an operation that involves all of another, and more", () => {
  test("cannot be faster in every figure", () => {
    const [found] = check(plain, rowOf("toast with jam", { involves: ["jam"], p50Ms: 11, p95Ms: 30 }));
    expect(found).toMatchObject({ rule: "whole and part", severity: "impossible" });
    expect(found?.arithmetic).toEqual(["p50 11 ms < 20 ms", "p95 30 ms < 40 ms"]);
  });

  test("may be as fast as its part, within the rounding, or faster by chance in one figure of two", () => {
    expect(check(plain, rowOf("toast with jam", { involves: ["jam"], p50Ms: 20, p95Ms: 39 }))).toEqual([]);
    expect(check(plain, rowOf("toast with jam", { involves: ["jam"], p50Ms: 25, p95Ms: 30 }))).toEqual([]);
  });

  test("is compared in its own table only, and only with its parts", () => {
    const jam = rowOf("jam", { involves: ["jam"], p50Ms: 30 });
    expect(check(plain, rowOf("toast with jam", { table: "stove", involves: ["jam"], p50Ms: 1 }))).toEqual([]);
    expect(check(jam, rowOf("toast with egg", { involves: ["egg", "pan"], p50Ms: 5 }))).toEqual([]);
    expect(check(jam, rowOf("unknown", { p50Ms: 5 }))).toEqual([]);
    expect(check(jam, rowOf("jam in a pan", { involves: ["pan", "jam"], p50Ms: 5 }))).toHaveLength(1);
  });
});
