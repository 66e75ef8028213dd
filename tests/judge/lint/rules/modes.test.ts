import { describe, expect, test } from "vitest";
import { sameModeTwice } from "../../../../stack/judge/lint/rules/modes.ts";
import { rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const check = (throughputs: readonly number[]) =>
  sameModeTwice(
    sourceOf({
      tables: [tableOf()],
      rows: [
        ...["top heat", "grill"].map((operation, index) =>
          rowOf(operation, { throughput: throughputs[index] ?? 1, meanMs: 3 }),
        ),
        rowOf("fan", { throughput: 5000 }),
      ],
      modes: [
        { mode: "upper element on", specification: "The manual, page 3", table: "oven", rows: ["top heat", "grill"] },
      ],
    }),
  );

describe("two names of one mode", () => {
  test("with two results are found, with the specification", () => {
    const [found] = check([120, 95]);
    expect(found).toMatchObject({ rule: "one mode, two names", severity: "suspicious" });
    expect(found?.arithmetic).toEqual(["throughput: 120 and 95", "The manual, page 3"]);
  });

  test("with one result are not", () => {
    expect(check([120, 120])).toEqual([]);
  });
});
