import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { ReferenceBaseline } from "../../../stack/core/results/reference.ts";
import { renderResults } from "../../../stack/report/measurement/results.ts";
import { summaryOf } from "../../../stack/judge/summary.ts";
import { resultsDocument, resultsSchema } from "../../../stack/core/results/performance-results.ts";
import { renderBaseline } from "../../../stack/report/measurement/show.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const blocks = (level: number, seed = 1) => {
  const random = seeded(seed);
  return Array.from({ length: 6 }, () => blockOf(random, 0.02, level));
};
const reference: ReferenceBaseline = {
  kind: "reference",
  version: 1,
  name: "elsewhere",
  title: "Another machine",
  caution: "Never an expectation.",
  date: "2025-10-29",
  source: "another.md",
  machine: { cpus: 4 },
  versions: {},
  methods: {},
  tables: [{ id: "store", section: "Store", line: 1 }],
  toolOutputs: [],
  commands: [],
  claims: [],
  modes: [],
  rows: [
    {
      table: "store",
      line: 3,
      service: "store",
      operation: "READ",
      scenarios: ["store/read"],
      throughput: 3500,
      unit: "queries/sec",
      meanMs: 1.4,
      p95Ms: 3,
    },
  ],
};
const render = (run: ReturnType<typeof runOf>, baseline?: ReturnType<typeof recordBaseline>) =>
  renderResults(resultsDocument(run, judge(run, baseline)), [reference]);

describe("the text of the results", () => {
  test("begins with the verdict, then has one line a scenario with interval, percentiles and blocks", () => {
    const run = runOf([scenarioOf("store/read", blocks(1000))]);
    const lines = render(run, recordBaseline([run])).split("\n");
    expect(lines[0]).toMatch(/^Verdict: meets: all 1 scenarios/);
    expect(lines[2]).toMatch(/^scenario +ops\/s +95 % interval +p50 +p95 +p99 +blocks +vs baseline +verdict$/);
    expect(lines[3]).toMatch(
      /^store\/read +[\d,]+ +[\d,]+ \.\. [\d,]+ +3\.\d+ ms +[78]\.\d+ ms +[78]\.\d+ ms +6 +0 % \[\u2212\d+ %, \+\d+ %\] +meets$/,
    );
  });

  test("of a first run offers to record it, and shows the reference as orientation only", () => {
    const text = render(runOf([scenarioOf("store/read", blocks(1000))]));
    expect(text).toMatch(/^Verdict: no baseline/);
    expect(text).toContain("npm run baseline -- record");
    expect(text).toContain("For orientation only");
    expect(text).toMatch(/store\/read +READ +3,500 queries\/sec +1\.4 ms +3 ms/);
  });

  test("with a baseline does not mention the reference", () => {
    const run = runOf([scenarioOf("store/read", blocks(1000))]);
    expect(render(run, recordBaseline([run]))).not.toContain("For orientation");
  });

  test("of a loss says how much, the likely cause and the next command", () => {
    const baseline = recordBaseline([runOf([scenarioOf("store/read", blocks(1000))])]);
    const text = render(runOf([scenarioOf("store/read", blocks(500, 2))]), baseline);
    expect(text).toMatch(/store\/read: below: throughput is worse by \d+ % to \d+ %/);
    expect(text).toMatch(/likely cause: unknown: .*\n {2}next: npm run logs/);
  });

  test("gives no figure for a failed scenario but its reason", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/write", []);
    const text = render(runOf([{ ...head, status: "failed", reason: "access denied", errors: 10 }]));
    expect(text).toMatch(/store\/write( +-){7} +failed/);
    expect(text).toContain("access denied");
  });

  test("gives no figure for an unsteady scenario but what it did", () => {
    const { histogram: _, notes: __, ...rest } = scenarioOf("store/read", blocks(1000));
    const run = runOf([{ ...rest, status: "unsteady", reason: "throughput rose by 40 % over the blocks" }]);
    const baseline = recordBaseline([runOf([scenarioOf("store/read", blocks(1000))])]);
    for (const text of [render(run), render(run, baseline)]) {
      expect(text).toMatch(/store\/read( +-){7} +unsteady/);
      expect(text).toContain("unsteady: throughput rose by 40 % over the blocks");
    }
  });

  test("names what was not measured once for each reason", () => {
    const skipped = ["store/write", "store/scan"].map((name) => {
      const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf(name, []);
      return { ...head, status: "skipped", reason: "the time ended before its first block" } as const;
    });
    const text = render(runOf([scenarioOf("store/read", blocks(1000)), ...skipped], { complete: false }));
    expect(text).toContain("\nnot measured: store/write, store/scan: the time ended before its first block\n");
    expect(text.match(/the time ended/g)).toHaveLength(1);
  });

  test("says that an unfinished run is incomplete, and why", () => {
    const run = runOf([scenarioOf("store/read", blocks(1000).slice(0, 2))], {
      complete: false,
      warnings: ["5 s are too short"],
    });
    const text = render(run);
    expect(text).toContain("The run is incomplete.");
    expect(text).toContain("warning: 5 s are too short");
    expect(renderResults(resultsDocument(run), [])).toMatch(/^Verdict: none yet/);
  });
});

describe("the results document", () => {
  test("survives JSON, with and without a verdict", () => {
    const run = runOf([scenarioOf("store/read", blocks(1000))]);
    for (const document of [resultsDocument(run), resultsDocument(run, judge(run, undefined))]) {
      expect(resultsSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    }
  });

  test("has the operations and percentiles of the stored histogram", () => {
    const summary = summaryOf(scenarioOf("store/read", blocks(1000)));
    expect(summary.operations).toBe(6 * 500);
    expect(summary.p95?.value).toBeGreaterThan(summary.p50?.value ?? Infinity);
    expect(summary.blocks).toBe(6);
  });

  test("of a recorded baseline is shown with its machine", () => {
    const text = renderBaseline(recordBaseline([runOf([scenarioOf("store/read", blocks(1000))])]));
    expect(text).toContain("Test cpu");
    expect(text).toContain("store/read");
  });
});
