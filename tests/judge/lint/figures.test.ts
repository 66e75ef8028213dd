import { describe, expect, test } from "vitest";
import { describeFigure, figureOf } from "../../../stack/judge/lint/figures.ts";
import { AB_OUTPUT, cell, cellsOf, outputOf, rowOf, sourceOf, tableOf } from "../../support/judge/lint.ts";

const source = sourceOf({
  tables: [tableOf(), cellsOf(["what", "weight"], [["milk", "2 MB"]], ["Total", "~2 MB"])],
  rows: [rowOf("bread", { throughput: 900, p95Ms: 12 })],
  toolOutputs: [outputOf(AB_OUTPUT)],
});

describe("a figure", () => {
  test.each([
    [cell("bread", "p95Ms"), "bread p95 12 ms (oven)"],
    [{ ...cell("bread", "throughput"), times: 3 }, "bread throughput 3 × 900 (oven)"],
    [cell("milk", "weight", "shelf"), "milk weight 2 MB (shelf)"],
    [cell("Total", "weight", "shelf"), "Total weight ~2 MB (shelf)"],
    [{ output: "bake", value: "rate" }, "rate 647.69 in the output"],
    [{ printed: "8 GB", line: 3 }, "8 GB"],
  ])("is found wherever it stands: %j", (figure, text) => {
    expect(figureOf(source, figure)).toBeDefined();
    expect(describeFigure(source, figure)).toBe(text);
  });

  test("that the document lacks is undefined", () => {
    expect(figureOf(source, cell("cake", "p95Ms"))).toBeUndefined();
    expect(figureOf(source, cell("bread", "p50Ms"))).toBeUndefined();
    expect(figureOf(source, cell("milk", "price", "shelf"))).toBeUndefined();
    expect(figureOf(source, { output: "none", value: "rate" })).toBeUndefined();
  });
});
