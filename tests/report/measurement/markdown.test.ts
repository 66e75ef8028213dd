import { describe, expect, test } from "vitest";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { renderMarkdown } from "../../../stack/report/measurement/markdown.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { firstInput, largeInput } from "../../support/report/html-fixtures.ts";

/** The rows of the first table, as cells. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const [shown = ""] = text.split("<details>");
  const lines = shown.split("\n").filter((line) => line.startsWith("|"));
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

  test("must have a row of figures for each scenario, and reasons for what is worse, probably too", () => {
    const text = renderMarkdown(document);
    expect(rowsOf(text)).toHaveLength(12);
    expect(rowsOf(text)[4]?.[0]).toBe("pgbouncer/insert one row");
    expect(rowsOf(text)[4]?.[1]).toMatch(/^\d+$/);
    expect(rowsOf(text)[4]?.[2]).toMatch(/^\u2212\d+ % \(\u2212\d+ % to \u2212\d+ %\)$/);
    expect(rowsOf(text)[4]?.slice(5)).toEqual([expect.stringMatching(/^71\d µs \(\+5\d %\)$/), "**below by time**"]);
    const probable = document.verdict?.scenarios.filter(({ verdict }) => verdict === "inconclusive") ?? [];
    expect(text.match(/^- [^:]*: \w+/gm)).toEqual([
      "- pgbouncer/insert one row: below",
      ...probable.map(({ name }) => `- ${name}: inconclusive`),
    ]);
    expect(probable.length).toBeGreaterThan(0);
    expect(text).toMatch(/Probable cause: own load: probably slower by a third: .* About 42 s more of measuring/);
  });

  test("must tell the machine from the stack, with its neighbours", () => {
    expect(renderMarkdown(document)).toContain(
      "\n\nThe machine now: busy: others use 0.6 of 4 cpus, at the baseline 0.1: it gives 18 % less. Beside the stack: cc1plus 0.4, a container of another stack 0.2 cores.\n\n",
    );
    expect(renderMarkdown(firstInput().document)).not.toContain("The machine now");
  });

  test("must have all work of an operation, folded away, and none where none was read", () => {
    const [, folded = ""] = renderMarkdown(document).split("<details>");
    expect(folded).toContain(
      "\n\n| scenario | cpu | pages read | packets | context switches | synced writes | WAL bytes | bytes written |\n| --- | ---: |",
    );
    expect(folded).toMatch(
      /\| redis\/set \| 14 µs \([−+]?\d %\) \|  \| .* \| 0\.42 \(0 %\) \| 310 B \(0 %\) \| 4,\d{3} B \([−+]?\d %\) \|/,
    );
    expect(folded).toMatch(/\|\n\n<\/details>\n/);
    const before = renderMarkdown(resultsDocument(runOf([scenarioOf("store/read", [blockOf(seeded(1), 0)])])));
    expect(before).not.toMatch(/<details>|cpu\/op/);
  });

  test("must be short enough for a comment", () => {
    const [shown = "", folded = ""] = renderMarkdown(document).split("<details>");
    expect(shown.length).toBeLessThan(4000);
    expect(folded.length).toBeLessThan(2500);
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

  test("must keep every text of an edited result file from being markup or a command, dates too", () => {
    const when = "<b>@team [x](http://example.org)\u001B[2J";
    const { run, verdict } = document;
    const baseline = verdict?.baseline && { ...verdict.baseline, recordedAt: when };
    const edited = { ...run, startedAt: when };
    const text = renderMarkdown(resultsDocument(edited, verdict && { ...verdict, ...(baseline && { baseline }) }));
    expect(text.match(/&lt;b&gt;&#64;team \\\[x\\\]/g)).toHaveLength(2);
    expect(text).not.toMatch(/<b>|@team|[^\P{Cc}\n]/u);
  });

  test("must stay short enough for a comment where a server says much", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/read", []);
    const run = runOf([{ ...head, status: "failed", reason: "x".repeat(327_000), errors: 1 }]);
    expect(renderMarkdown(resultsDocument(run, judge(run, undefined))).length).toBeLessThan(8000);
  });

  test("of a first run must not explain each scenario", () => {
    expect(renderMarkdown(firstInput().document)).not.toMatch(/^- /m);
  });
});
