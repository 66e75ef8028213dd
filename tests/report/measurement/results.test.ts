import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { ScenarioVerdict } from "../../../stack/core/results/verdict.ts";
import type { ReferenceBaseline } from "../../../stack/core/results/reference.ts";
import { renderFigures, renderResults } from "../../../stack/report/measurement/results.ts";
import { summaryOf } from "../../../stack/judge/summary.ts";
import { resultsDocument, resultsSchema } from "../../../stack/core/results/performance-results.ts";
import { renderBaseline } from "../../../stack/report/measurement/show.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { largeInput } from "../../support/report/html-fixtures.ts";

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
  test("begins with the verdict, then has one line a scenario with its change, its interval and its percentiles", () => {
    const run = runOf([scenarioOf("store/read", blocks(1000))]);
    const lines = render(run, recordBaseline([run])).split("\n");
    expect(lines[0]).toMatch(/^Verdict: meets: all 1 scenarios/);
    expect(lines.slice(1, 4)).toEqual([
      "  the stack    1 meets; decided 1 by time",
      expect.stringMatching(/^ {2}baseline {5}dev-\S+, recorded 2026-/),
      "",
    ]);
    expect(lines[4]).toMatch(/^scenario +ops\/s +vs baseline +p50 +p95 +verdict$/);
    expect(lines[5]).toMatch(/^store\/read +[\d,]+ +0 % \[\u2212\d+, \+\d+\] +3\.\d+ ms +[78]\.\d+ ms +meets by time$/);
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
    expect(text).toMatch(/store\/write( +-){4} +failed/);
    expect(text).toContain("access denied");
  });

  test("gives no figure for an unsteady scenario but what it did", () => {
    const { histogram: _, notes: __, ...rest } = scenarioOf("store/read", blocks(1000));
    const run = runOf([{ ...rest, status: "unsteady", reason: "throughput rose by 40 % over the blocks" }]);
    const baseline = recordBaseline([runOf([scenarioOf("store/read", blocks(1000))])]);
    for (const text of [render(run), render(run, baseline)]) {
      expect(text).toMatch(/store\/read( +-){4} +unsteady/);
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

/** As long as the longest of the smoke set: rabbitmq/publish-1k-durable. */
const shorter = <Named extends { readonly name: string }>(one: Named) => ({ ...one, name: one.name.slice(0, 26) });

describe("the text of a prediction", () => {
  test("is one line for all that share the reason", () => {
    const text = renderResults(largeInput().document, []).replaceAll("\n  ", " ");
    expect(text).toMatch(
      /^predicted ops\/s here, since .* takes 1\.1\d times as long: postgres\/select by primary key [\d,]+ for 9,762, postgres\/insert/m,
    );
    expect(text.match(/^predicted/gm)).toHaveLength(1);
  });
});

describe("the text of a run on a machine that others use", () => {
  const { document } = largeInput();
  const text = renderResults(document, []);
  const lines = text.split("\n");
  const count = (is: (scenario: ScenarioVerdict) => boolean) => String(document.verdict?.scenarios.filter(is).length);

  test("tells the stack from the machine, and names who uses it", () => {
    const [meet, below, open] = (["meets", "below", "inconclusive"] as const).map((word) =>
      count(({ verdict }) => verdict === word),
    );
    const [time, work] = (["time", "work"] as const).map((by) => count(({ decidedBy }) => decidedBy === by));
    expect([meet, below, open, time, work]).not.toContain("0");
    expect(lines.slice(1, 5)).toEqual([
      `  the stack    ${meet} meet, ${below} below, ${open} inconclusive; decided ${time} by time, ${work} by work`,
      "  the machine  busy: others use 0.6 of 4 cpus, at the baseline 0.1: it gives 18 % less",
      "  beside it    cc1plus 0.4, a container of another stack 0.2 cores",
      expect.stringMatching(/^ {2}baseline {5}dev-/),
    ]);
  });

  test("has the cpu of an operation with its change, and what decided", () => {
    expect(text).toMatch(/^scenario +ops\/s +vs baseline +p50 +p95 +cpu\/op +verdict$/m);
    expect(text).toMatch(/^pgbouncer\/insert one row +797 .* 71\d µs \+5\d % +below by time$/m);
    expect(text).toMatch(/^postgres\/select by primary key .* 6\d µs [−+]?\d % +meets by work$/m);
  });

  test("names the probable cause of an undecided loss, and the seconds that would decide; what is worse comes first", () => {
    expect(text).toMatch(
      /^rabbitmq\/consume .*: inconclusive: [^]*?\n {2}probable cause: own load: probably slower by a third: /m,
    );
    expect(text).toContain("\n  about 42 s more of measuring would decide (--until-decided)\n");
    expect(text.indexOf("likely cause: unknown: nothing")).toBeLessThan(text.indexOf("probable cause"));
  });

  test("fits a terminal of 100 columns, with names as long as those of the catalogue", () => {
    const run = { ...document.run, scenarios: document.run.scenarios.map(shorter) };
    const verdict = document.verdict && { ...document.verdict, scenarios: document.verdict.scenarios.map(shorter) };
    const long = renderResults(resultsDocument(run, verdict), []).split("\n");
    expect(long.filter(({ length }) => length > 100)).toEqual([]);
  });

  test("leaves the other work to the figures in full, each with its interval and its margin", () => {
    expect(text).not.toContain("synced writes");
    const full = renderFigures(document);
    expect(full).toMatch(/^scenario +per operation +now +baseline +change +margin$/m);
    expect(full).toMatch(/^pgbouncer\/insert one row +cpu +71\d µs +45\d µs +\+5\d % \[\+\d+, \+\d+\] +\+\d\d %$/m);
    expect(full).toMatch(/^ +synced writes +0\.42 +0\.42 +0 % \[0, 0\]/m);
    expect(full).toMatch(/^ +WAL bytes +310 B +310 B/m);
    expect(full).toMatch(/^redis\/set +41,315 +38,957 \.\. 42,248 +83 µs +224 µs +279 µs +10 +2,500$/m);
  });
});

test("A run that was recorded before work was read has the times alone", () => {
  const document = resultsDocument(runOf([scenarioOf("store/read", blocks(1000))]));
  expect(renderResults(document, [])).not.toContain("cpu/op");
  expect(renderFigures(document)).not.toContain("per operation");
  expect(renderFigures(resultsDocument(runOf([])))).toBe("");
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
