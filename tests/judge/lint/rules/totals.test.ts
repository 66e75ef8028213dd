import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { totals } from "../../../../stack/judge/lint/rules/totals.ts";
import { cellsOf, sourceOf } from "../../../support/judge/lint.ts";

const shelf = (parts: readonly string[], total: string) =>
  totals(
    sourceOf({
      tables: [
        cellsOf(
          ["what", "weight"],
          parts.map((text, index) => [`jar ${index}`, text]),
          ["Total", total],
        ),
      ],
    }),
  );

describe("a total", () => {
  test("that its rows do not sum to is found, with the sum", () => {
    const [found] = shelf(["200 MB", "350 MB", "50 MB"], "~1.1 GB");
    expect(found).toMatchObject({ rule: "sum and total", severity: "impossible", lines: [50] });
    expect(found?.says).toBe("weight: 3 rows sum to 600 MB, the total says ~1.1 GB");
    expect(found?.arithmetic[0]).toBe("jar 0 200 MB + jar 1 350 MB + jar 2 50 MB = 600 MB");
  });

  test("that is about right, or a limit that the sum may keep, is not", () => {
    expect(shelf(["200 MB", "350 MB", "50 MB"], "~0.6 GB")).toEqual([]);
    expect(shelf(["1-2%", "<1%", "1%"], "<5%")).toEqual([]);
    expect(shelf(["3%", "4%"], "<5%")).toHaveLength(1);
  });

  test("is passed over where a row has no number, and heads of groups have none to give", () => {
    expect(shelf(["200 MB", "some", "50 MB"], "1 MB")).toEqual([]);
    const rows = [["Cold"], ["milk", "2 MB"], ["Dry"], ["flour", "3 MB"]];
    const of = (total: string) => totals(sourceOf({ tables: [cellsOf(["what", "weight"], rows, ["Total", total])] }));
    expect(of("5 MB")).toEqual([]);
    expect(of("9 MB")).toHaveLength(1);
  });

  test("of any rows is never found when it is their sum, rounded as a table rounds", () => {
    const parts = fc.array(fc.double({ min: 1, max: 900, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(parts, (weights) => {
        const sum = weights.reduce((all, weight) => all + weight, 0);
        expect(
          shelf(
            weights.map((weight) => `${weight.toFixed(0)} MB`),
            `${(sum / 1000).toFixed(1)} GB`,
          ),
        ).toEqual([]);
      }),
    );
  });
});
