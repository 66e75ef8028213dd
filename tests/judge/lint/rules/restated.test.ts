import { describe, expect, test } from "vitest";
import { restated } from "../../../../stack/judge/lint/rules/restated.ts";
import { cell, CLAIM, outputOf, rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const output = outputOf(["Requests per second:    1234.56 [#/sec] (mean)"]);
const check = (rate: number, others: readonly number[] = [7, 11]) =>
  restated(
    sourceOf({
      tables: [tableOf()],
      rows: [rate, ...others].map((throughput, index) => rowOf(`dish ${index}`, { throughput })),
      toolOutputs: [output],
      claims: [{ kind: "restated", ...CLAIM, of: cell("dish 0", "throughput"), to: { output: "bake", value: "rate" } }],
    }),
  );

describe("a figure that stands in a table and in a tool's output", () => {
  test("may be rounded or cut in its last digit", () => {
    expect(check(1234.6)).toEqual([]);
    expect(check(1235)).toEqual([]);
    expect(check(1234)).toEqual([]);
  });

  test("is undocumented where the whole column is rounded to a step", () => {
    expect(check(1200, [500, 700, 1900])[0]).toMatchObject({ severity: "undocumented" });
  });

  test("is doubted where no rounding explains the difference", () => {
    const [found] = check(1300, [500, 700, 1900]);
    expect(found).toMatchObject({ rule: "one figure, two places", severity: "suspicious" });
    expect(found?.arithmetic).toEqual([
      "65.44 apart, 5.301 %",
      "the column has multiples of 100: rounding explains up to 50",
    ]);
  });
});
