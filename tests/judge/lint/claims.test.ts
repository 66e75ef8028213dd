import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recomputedClaims } from "../../../stack/judge/lint/claims.ts";
import { cell, CLAIM, cellsOf, comparedOf, rowOf, sourceOf, tableOf } from "../../support/judge/lint.ts";

const rows = [rowOf("bread", { throughput: 900, meanMs: 10 }), rowOf("cake", { throughput: 1000, meanMs: 14 })];
const pair = (of: string, to: string, field = "throughput", times?: number) => {
  return { of: cell(of, field), to: { ...cell(to, field), ...(times && { times }) } };
};
const check = (change: Parameters<typeof comparedOf>[0]) =>
  recomputedClaims(sourceOf({ tables: [tableOf()], rows, claims: [comparedOf(change)] }));

describe("a stated comparison", () => {
  test.each([
    ["more", "+40%", [pair("cake", "bread", "meanMs")]],
    ["less", "10%", [pair("bread", "cake")]],
    ["less", "~70%", [pair("bread", "cake", "throughput", 3)]],
    ["times", "~1.1x", [pair("cake", "bread")]],
    ["plus", "+4ms", [pair("cake", "bread", "meanMs")]],
  ] as const)("of %s %s that follows from the table is not found", (measure, stated, pairs) => {
    expect(check({ measure, stated, pairs: [...pairs] })).toEqual([]);
  });

  test("that does not follow is found, with what follows", () => {
    const [found] = check({ measure: "less", stated: "~25%", pairs: [pair("bread", "cake")] });
    expect(found).toMatchObject({ rule: "recomputed claim", severity: "impossible", lines: [7] });
    expect(found?.says).toBe('"as the baker says" states ~25%, the figures give 10 %');
    expect(found?.arithmetic).toEqual(["1 − bread throughput 900 (oven) / cake throughput 1,000 (oven) = 10 %"]);
  });

  test("over several rows is doubted where few of them give it", () => {
    const pairs = [pair("bread", "cake"), pair("cake", "cake"), pair("cake", "bread")];
    expect(check({ measure: "less", stated: "10%", pairs })[0]).toMatchObject({ severity: "suspicious" });
    expect(check({ measure: "less", stated: "10%", pairs: pairs.slice(0, 2) })).toEqual([]);
  });

  test("without any figure to follow from is undocumented", () => {
    expect(check({ stated: "~5%", pairs: [] })[0]).toMatchObject({ severity: "undocumented" });
  });

  test("that was computed from two printed figures and rounded is never found", () => {
    const figure = fc.integer({ min: 20, max: 5000 });
    fc.assert(
      fc.property(figure, figure, (left, right) => {
        const made = [rowOf("left", { meanMs: left / 10 }), rowOf("right", { meanMs: right / 10 })];
        const percent = Math.round((left / right - 1) * 100);
        const claims = [comparedOf({ stated: `${percent}%`, pairs: [pair("left", "right", "meanMs")] })];
        expect(recomputedClaims(sourceOf({ tables: [tableOf()], rows: made, claims }))).toEqual([]);
      }),
    );
  });
});

const unchanged = (after: string) => {
  const table = cellsOf(["what", "before", "after"], [["milk", "100 MB", after]]);
  const pairs = [{ of: cell("milk", "after", "shelf"), to: cell("milk", "before", "shelf") }];
  return recomputedClaims(sourceOf({ tables: [table], claims: [{ kind: "unchanged", ...CLAIM, pairs }] }));
};

describe("figures that are said to stay", () => {
  test("may change by a tenth, and are doubted when they double", () => {
    expect(unchanged("108 MB")).toEqual([]);
    expect(unchanged("200 MB")[0]?.says).toContain("1 of 1 figures change by over 10 %");
  });
});
