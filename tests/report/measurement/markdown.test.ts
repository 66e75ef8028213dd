import { describe, expect, test } from "vitest";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { renderMarkdown } from "../../../stack/report/measurement/markdown.ts";
import { runOf, scenarioOf } from "../../support/judge/runs.ts";
import { firstInput, largeInput } from "../../support/report/html-fixtures.ts";

/** The rows of the first table, as cells. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const { document } = largeInput();

describe("the Markdown summary", () => {
  test("must begin with the verdict, in a sentence that names what is below and by which baseline", () => {
    const [title, , sentence] = renderMarkdown(document).split("\n");
    expect(title).toBe("### Plumbline: below");
    expect(sentence).toMatch(
      /^1 of 12 scenarios is slower .*: pgbouncer\/insert one row\. Baseline dev-\S+ of 2026-01-02 03:04 UTC; exit code 3\.$/,
    );
  });

  test("must have a row of figures for each scenario, and reasons for what is worse only", () => {
    const text = renderMarkdown(document);
    expect(rowsOf(text)).toHaveLength(12);
    expect(rowsOf(text)[4]?.[0]).toBe("pgbouncer/insert one row");
    expect(rowsOf(text)[4]?.[1]).toMatch(/^\d+$/);
    expect(rowsOf(text)[4]?.[2]).toMatch(/^\u2212\d+ % \(\u2212\d+ % to \u2212\d+ %\)$/);
    expect(rowsOf(text)[4]?.[5]).toBe("**below**");
    expect(text.match(/^- /gm)).toHaveLength(1);
  });

  test("must be short enough for a comment", () => {
    expect(renderMarkdown(document).length).toBeLessThan(4000);
    const many = runOf(
      Array.from({ length: 60 }, (_, index) => {
        const { blocks: __, histogram: ___, notes: ____, ...head } = scenarioOf(`store/${index}`, []);
        return { ...head, status: "failed" as const, reason: "x".repeat(80), errors: 1 };
      }),
      { warnings: Array.from({ length: 30 }, (_, index) => `warning ${index}`) },
    );
    expect(renderMarkdown(resultsDocument(many, judge(many, undefined))).length).toBeLessThan(8000);
  });

  test("must keep what services say from being markup: one cell, no link, no mention, no tag", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/a|b", []);
    const reason = "<img src=x> @team [click](http://example.org) `code`\n| a | b |";
    const run = runOf([{ ...head, status: "failed", reason, errors: 1 }]);
    const text = renderMarkdown(resultsDocument(run, judge(run, undefined)));
    expect(rowsOf(text).map(([name]) => name)).toEqual(["store/a&#124;b"]);
    expect(text).not.toMatch(/<img|[^\\]\[click|@team|[^\\]`code/);
  });

  test("of a first run must not explain each scenario", () => {
    expect(renderMarkdown(firstInput().document)).not.toMatch(/^- /m);
  });
});
