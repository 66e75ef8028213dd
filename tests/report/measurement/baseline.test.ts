import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { qualityOf } from "../../../stack/judge/baselines/quality.ts";
import { withMarks } from "../../../stack/judge/baselines/usable.ts";
import { compareBaselines } from "../../../stack/judge/verdict/compare.ts";
import { historyEntry, historySeries } from "../../../stack/judge/history.ts";
import { baselineDocument } from "../../../stack/report/documents/measurement.ts";
import type { BaselineResult } from "../../../stack/core/results/commands/baseline.ts";
import { baselineDocumentOf, baselineText } from "../../../stack/report/measurement/baseline.ts";
import { blockOf, runOf, scenarioOf, seeded, simulateRun } from "../../support/judge/runs.ts";
import { worked } from "../../support/judge/work.ts";

const random = seeded(7);
const run = () => simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 });
const baseline = recordBaseline([run(), run()]);
const documentOf = (result: BaselineResult) => baselineDocument.parse(baselineDocumentOf(result));

test("list has one line a baseline with its profile, its runs, its noise and its date", () => {
  const result: BaselineResult = { action: "list", baselines: [{ baseline, noise: "low" }] };
  expect(baselineText(result).split("\n")[1]).toMatch(
    new RegExp(`^${baseline.name}\\s+recorded\\s+dev\\s+2\\s+low\\s+2026-`),
  );
  expect(documentOf(result).result).toMatchObject({ baselines: [{ name: baseline.name, noise: "low" }] });
  expect(baselineText({ action: "list", baselines: [] })).toBe("There is none.");
});

test("show gives the whole baseline, the loss that each scenario can show, and the disturbed runs", () => {
  const slow = simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02, levels: { 1: 300 } });
  const wide = recordBaseline([run(), run(), slow, run()]);
  const marked = withMarks(wide, [{ run: 0, why: "others used 1.7 of 4 cpus on average" }]);
  const result: BaselineResult = { action: "show", baseline: marked, quality: qualityOf(marked) };
  expect(documentOf(result).result).toMatchObject({ action: "show", baseline: marked, quality: { leftOut: true } });
  const text = baselineText(result);
  expect(text).toMatch(/^Noise: .*\. A run as long as one of these excludes losses of:$/m);
  expect(text).toMatch(
    /^store\/operation-1 +3 +6 +over \d+ % +without run 3 of 4 it would be \d+ % instead of \d+ %$/m,
  );
  expect(text).toContain("run 1 of 4 is disturbed (left out): others used 1.7 of 4 cpus on average");
  expect(text.indexOf("Noise")).toBeLessThan(text.indexOf("Run 1 of 4"));
});

test("nothing of an edited baseline is a command to the terminal", () => {
  const edited = { ...baseline, name: "dev\u001B[2J", recordedAt: "\u009B2J" };
  const results: readonly BaselineResult[] = [
    { action: "list", baselines: [{ baseline: edited, noise: "low" }] },
    { action: "show", baseline: edited, quality: qualityOf(edited) },
    { action: "compare", comparison: compareBaselines(baseline, edited) },
  ];
  for (const result of results) expect(baselineText(result), result.action).not.toMatch(/[^\P{Cc}\n]/u);
});

test("drop says which runs are gone and why, and how many are left", () => {
  const dropped = [{ run: 2, why: "the hypervisor took 0.5 of 4 cpus on average" }];
  const result: BaselineResult = {
    action: "drop",
    saved: { baseline, path: "/somewhere/dev.json", notes: [] },
    dropped,
  };
  expect(baselineText(result)).toMatch(
    /^Dropped run 2 of dev-.*: the hypervisor took 0\.5 of 4 cpus on average\nLeft: 2 runs, noise low\.\n\/somewhere\/dev\.json$/,
  );
  expect(documentOf(result).result).toMatchObject({ action: "drop", runs: 2, dropped });
});

test("compare gives the outcome of every metric that both have", () => {
  const comparison = compareBaselines(baseline, { ...baseline, name: "newer" });
  const result: BaselineResult = { action: "compare", comparison };
  const found = documentOf(result).result;
  if (found.action !== "compare") throw new Error("another action");
  expect(new Set(found.rows.map(({ scenario }) => scenario)).size).toBe(2);
  expect(found.rows.map(({ outcome }) => outcome)).not.toContain("slower");
  expect(baselineText(result)).toMatch(/store\/operation-1 +throughput +\d+\.?\d* \/s +\d+\.?\d* \/s/);
  expect(found.rows[0]).toMatchObject({ change: 0 });
  expect(found.rows[0]?.margin).toBeGreaterThan(0);
});

const blocksOf = (cpuUs: number) =>
  Array.from({ length: 6 }, () => worked(random, blockOf(random, 0.02), { cpuUs, bytesWritten: 4096 }));

test("compare shows work as it changed: more of it is worse", () => {
  const [before, after] = [50, 80].map((cpuUs) => recordBaseline([runOf([scenarioOf("store/read", blocksOf(cpuUs))])]));
  if (!before || !after) throw new Error("no baselines");
  const result: BaselineResult = { action: "compare", comparison: compareBaselines(before, after) };
  expect(baselineText(result)).toMatch(
    /store\/read +cpu per operation +5\d µs +[78]\d µs +\+[56]\d % \[\+5\d %, \+6\d %\] +1\d % +more work/,
  );
  expect(baselineText(result)).toMatch(/store\/read +bytes written per operation +4,\d{3} B +4,\d{3} B .* same/);
  const found = documentOf(result).result;
  if (found.action !== "compare") throw new Error("another action");
  const row = found.rows.find(({ metric }) => metric === "cpu per operation");
  expect(row?.outcome).toBe("slower");
  expect(row?.change).toBeLessThan(-0.3);
});

test("record says how much was recorded, and where it is", () => {
  const saved = { baseline, path: "/somewhere/dev.json", notes: ["added to the 1 runs that were there"] };
  const result: BaselineResult = { action: "record", saved };
  expect(baselineText(result)).toMatch(
    /2 scenarios, 2 runs, noise low\.\n {2}added to the 1 runs that were there\n\/somewhere\/dev\.json\nCommit it/,
  );
  expect(documentOf(result).result).toMatchObject({ action: "record", scenarios: 2, runs: 2, noise: "low" });
});

describe("the history", () => {
  const entries = Array.from({ length: 24 }, (_, index) => ({
    ...historyEntry(run(), "verify", "meets"),
    at: `2026-01-${String(index + 1).padStart(2, "0")}T08:00:00.000Z`,
    scenarios: [{ name: "store/read", throughput: (index < 14 ? 1000 : 700) + (index % 3), p95Ms: 2 }],
  }));

  test("has the newest runs of a scenario, and marks the one from which it is slower", () => {
    const result: BaselineResult = {
      action: "history",
      stack: "test",
      series: [...historySeries(entries)],
      skipped: 0,
    };
    const text = baselineText(result);
    expect(text).toContain("4 earlier run(s) with 0 change(s) are not shown");
    expect(text).toMatch(
      /2026-01-15T08:00:00.000Z +verify +702.0 +2.00 ms +meets +slower from here: 1001 -> 701.1, \u221230 %/,
    );
    expect(text.match(/from here/g)).toHaveLength(1);
    expect(documentOf(result).result).toMatchObject({
      action: "history",
      stack: "test",
      series: [{ points: { length: 24 } }],
    });
  });

  test("shows the cpu of an operation and the state of the machine, and a change of the cpu before one of the speed", () => {
    const worked = entries.map((entry, index) => ({
      ...entry,
      machine: { state: index === 23 ? "busy" : "as at the baseline", otherCores: 0.1 } as const,
      scenarios: entry.scenarios.map((scenario) => ({ ...scenario, cpuUs: (index < 14 ? 46 : 61) + (index % 3) / 10 })),
    }));
    const result: BaselineResult = { action: "history", stack: "test", series: [...historySeries(worked)], skipped: 0 };
    const text = baselineText(result);
    expect(text).toMatch(/^run +command +ops\/s +p95 +cpu\/op +verdict +machine +change$/m);
    expect(text).toMatch(
      /2026-01-15T\S+ +verify +702.0 +2.00 ms +61 µs +meets +as at the baseline +more cpu from here: 46 µs -> 61 µs, \+33 % \(p 0\.\d+\); slower from here/,
    );
    expect(text).toMatch(/2026-01-24T\S+ .* meets +busy$/m);
    expect(documentOf(result).result).toMatchObject({ series: [{ points: { 14: { cpuUs: 61.2, cpuChange: {} } } }] });
  });

  test("says how many lines could not be read, and when there is none", () => {
    const result: BaselineResult = {
      action: "history",
      stack: "test",
      series: [...historySeries(entries)],
      skipped: 2,
    };
    expect(baselineText(result)).toMatch(/^2 line\(s\) of the history could not be read/);
    expect(baselineText({ action: "history", stack: "test", series: [], skipped: 0 })).toBe(
      "No run was measured to its end yet.",
    );
  });
});
