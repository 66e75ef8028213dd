import { describe, expect, test } from "vitest";
import { ranks } from "../../../../stack/judge/lint/rules/ranks.ts";
import { cell, CLAIM, cellsOf, sourceOf } from "../../../support/judge/lint.ts";

const table = cellsOf(
  ["cook", "plates", "wait"],
  [
    ["Ana", "320/h", "12ms"],
    ["Ben", "245/h", "15ms"],
    ["Cem", "230/h", "15ms"],
  ],
);
const claim = (names: readonly string[], field: string, better: "higher" | "lower") =>
  ranks(
    sourceOf({
      tables: [table],
      claims: [
        {
          kind: "ranked",
          ...CLAIM,
          better,
          ranks: names.map((name) => ({ name, figures: [cell(name, field, "shelf")] })),
        },
      ],
    }),
  );

const figures = (name: string) => [
  cell(name, "plates", "shelf"),
  cell(name, "plates", "shelf"),
  cell(name, "wait", "shelf"),
];

describe("a stated order", () => {
  test("that the table has too is not found, nor is a tie", () => {
    expect(claim(["Ana", "Ben", "Cem"], "plates", "higher")).toEqual([]);
    expect(claim(["Ana", "Cem", "Ben"], "wait", "lower")).toEqual([]);
  });

  test("that the table reverses is found, for the neighbours that it concerns", () => {
    const found = claim(["Ana", "Cem", "Ben"], "plates", "higher");
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ rule: "rank and table", severity: "impossible" });
    expect(found[0]?.says).toContain("puts Cem before Ben");
  });

  test("over several figures is doubted where most of them reverse it", () => {
    const found = ranks(
      sourceOf({
        tables: [table],
        claims: [
          {
            kind: "ranked",
            ...CLAIM,
            better: "higher",
            ranks: ["Cem", "Ben"].map((name) => ({ name, figures: figures(name) })),
          },
        ],
      }),
    );
    expect(found[0]).toMatchObject({ severity: "suspicious" });
  });
});
