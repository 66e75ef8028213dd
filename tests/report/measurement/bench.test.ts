import { describe, expect, test } from "vitest";
import { addRun, recordBaseline } from "../../../stack/judge/baseline.ts";
import { compareBaselines } from "../../../stack/judge/verdict/compare.ts";
import { historyEntry, historySeries } from "../../../stack/judge/history.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { baselineDocument, benchDocument } from "../../../stack/report/documents/measurement.ts";
import {
  baselineList,
  baselineRecorded,
  baselinesCompared,
  baselineShown,
  historyShown,
  benchDocumentOf,
  benchText,
} from "../../../stack/report/measurement/bench.ts";
import { seeded, simulateRun } from "../../support/judge/runs.ts";

const random = seeded(7);
const run = () => simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 });
const baseline = addRun(recordBaseline([run()]), run());
const documentOf = (result: unknown) => baselineDocument.parse({ ok: true, command: "baseline", result });

test("list has one line a baseline with its profile, its runs and its date", () => {
  const { text, result } = baselineList([baseline]);
  expect(text.split("\n")[1]).toMatch(new RegExp(`^${baseline.name}\\s+recorded\\s+dev\\s+2\\s+2026-`));
  expect(documentOf(result)).toBeDefined();
  expect(baselineList([]).text).toBe("There is none.");
});

test("show gives the whole baseline", () => {
  expect(documentOf(baselineShown(baseline).result).result).toMatchObject({ action: "show", baseline });
});

test("compare gives the outcome of every metric that both have", () => {
  const { result, text } = baselinesCompared(compareBaselines(baseline, { ...baseline, name: "newer" }));
  const found = documentOf(result).result;
  if (found.action !== "compare") throw new Error("another action");
  expect(new Set(found.rows.map(({ scenario }) => scenario)).size).toBe(2);
  expect(found.rows.map(({ outcome }) => outcome)).not.toContain("slower");
  expect(text).toMatch(/store\/operation-1 +throughput +\d+\.?\d* \/s +\d+\.?\d* \/s/);
  expect(found.rows[0]).toMatchObject({ change: 0 });
  expect(found.rows[0]?.margin).toBeGreaterThan(0);
});

test("record says how much was recorded, and where it is", () => {
  const saved = { baseline, path: "/somewhere/dev.json", notes: ["added to the 1 runs that were there"] };
  const { text, result } = baselineRecorded(saved);
  expect(text).toMatch(
    /2 scenarios, 2 runs\.\n {2}added to the 1 runs that were there\n\/somewhere\/dev\.json\nCommit it/,
  );
  expect(documentOf(result).result).toMatchObject({ action: "record", scenarios: 2, runs: 2 });
});

describe("the history", () => {
  const entries = Array.from({ length: 24 }, (_, index) => ({
    ...historyEntry(run(), "verify", "meets"),
    at: `2026-01-${String(index + 1).padStart(2, "0")}T08:00:00.000Z`,
    scenarios: [{ name: "store/read", throughput: (index < 14 ? 1000 : 700) + (index % 3), p95Ms: 2 }],
  }));

  test("has the newest runs of a scenario, and marks the one from which it is slower", () => {
    const { text, result } = historyShown("test", historySeries(entries), 0);
    expect(text).toContain("4 earlier run(s) with 0 change(s) are not shown");
    expect(text).toMatch(
      /2026-01-15T08:00:00.000Z +verify +702.0 +2.00 ms +meets +slower from here: 1001 -> 701.1, -30 %/,
    );
    expect(text.match(/from here/g)).toHaveLength(1);
    expect(documentOf(result).result).toMatchObject({
      action: "history",
      stack: "test",
      series: [{ points: { length: 24 } }],
    });
  });

  test("says how many lines could not be read, and when there is none", () => {
    expect(historyShown("test", historySeries(entries), 2).text).toMatch(
      /^2 line\(s\) of the history could not be read/,
    );
    expect(historyShown("test", [], 0).text).toBe("No run was measured to its end yet.");
  });
});

test("bench names the files of its results, and the baseline that it saved", () => {
  const measured = { document: resultsDocument(run()), text: "figures\n", files: ["a.json", "a.txt"] };
  const report = { stack: "test", profile: "dev", warnings: [], measured, exitCode: 0 };
  const saved = { path: "/somewhere/dev.json", notes: [] };
  expect(benchText({ ...report, saved })).toBe("figures\n\nResults: a.json, a.txt\nBaseline: /somewhere/dev.json");
  expect(benchDocument.parse(benchDocumentOf({ ...report, saved })).baseline).toBe("/somewhere/dev.json");
  expect(benchDocument.parse(benchDocumentOf({ ...report, saved: undefined })).baseline).toBeUndefined();
});
