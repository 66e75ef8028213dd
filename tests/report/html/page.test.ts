import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import type { ReportInput } from "../../../stack/core/results/report-input.ts";
import { renderHtml } from "../../../stack/report/html/page.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { elementsOf, parseXml, type Element } from "../../support/report/xml.ts";
import { firstInput, largeInput, traceOf } from "../../support/report/html-fixtures.ts";

const pageOf = (input: ReportInput) => elementsOf(parseXml(renderHtml(input)));
const named = (elements: readonly Element[], name: string) => elements.filter((element) => element.name === name);
const input = largeInput();
const large = pageOf(input);

describe("the page of a run", () => {
  test("must hold its sections in order, the verdict first", () => {
    expect(named(large, "h1")[0]?.text).toMatch(
      /^1 of 12 scenarios is slower than the baseline.*pgbouncer\/insert one row\.$/,
    );
    expect(named(large, "h2").map(({ text }) => text)).toEqual([
      "Throughput against the baseline",
      "Scenarios",
      "The machine now",
      "History",
      "Resources",
      "Conditions",
      "Start-up",
    ]);
    const verdict = named(large, "section")[0]?.text;
    expect(verdict).toContain("exit code 3");
    expect(verdict).toMatch(/baseline dev-\S+, recorded 2026-01-02 03:04 UTC/);
  });

  test("must tell the stack from the machine, at the top and in a section with who else used it", () => {
    const top = named(large, "section")[0]?.text;
    expect(top).toMatch(/the stack\d+ meet, 1 below, \d+ inconclusive; decided \d+ by time, \d+ by work/);
    expect(top).toContain("the machine nowbusy: others use 0.6 of 4 cpus, at the baseline 0.1: it gives 18 % less");
    const section = large.find(({ attributes }) => attributes["aria-labelledby"] === "machine");
    expect(section?.text).toMatch(/Beside the stackcc1plus0\.4 coresa container of another stack0\.2 cores/);
    const bars = elementsOf(section ?? parseXml("<none/>")).filter(
      ({ attributes }) => attributes["class"] === "others",
    );
    expect(bars).toHaveLength(10 * input.document.run.scenarios.length);
    expect(section?.text).toMatch(/120 blocks: mean 0\.6, at most 0\.[67] of 4 cores, at the baseline 0\.1\./);
    expect(section?.text).toMatch(/postgres\/insert one row0\.6 cores0 cores0 %0\.05/);
  });

  test("must show work beside time, with its change, its interval and what decided", () => {
    const card = named(large, "article").find(({ text }) => text.startsWith("pgbouncer/insert one row"));
    expect(card?.text).toMatch(/^pgbouncer\/insert one rowbelow by time/);
    expect(card?.text).toMatch(/cpu\/op71\d µs \+5\d %/);
    expect(card?.text).toMatch(
      /Work per operationper operationthis runbaselinechange, intervalmargincpu71\d µs45\d µs\+5\d % \[/,
    );
    expect(card?.text).toMatch(/synced writes0\.420\.420 % \[0, 0\]/);
    const undecided = named(large, "article").find(({ text }) => text.startsWith("rabbitmq/consume"));
    expect(undecided?.text).toMatch(
      /Probable cause: own load: probably slower by a third: .*About 42 s more of measuring/s,
    );
  });

  test("must show the times alone of a run that was recorded before work was read", () => {
    const scenario = scenarioOf("store/read", [blockOf(seeded(1), 0.1)]);
    const older = pageOf({ document: resultsDocument(runOf([scenario])), history: [], changes: [] });
    expect(named(older, "body")[0]?.text).not.toMatch(/The machine now|cpu\/op1|Work per operation/);
  });

  test("must leave out what there is nothing to show of", () => {
    const first = pageOf(firstInput());
    expect(named(first, "h2").map(({ text }) => text)).toEqual(["Scenarios", "The machine now", "Conditions"]);
    expect(named(first, "section")[0]?.text).toContain("npm run baseline -- record");
  });

  test("must have two charts for each scenario, each with a title and a description", () => {
    const charts = large.filter(({ name, attributes }) => name === "svg" && attributes["role"] === "img");
    for (const { children } of charts) {
      expect(children.slice(0, 2).map(({ name, text }) => [name, text !== ""])).toEqual([
        ["title", true],
        ["desc", true],
      ]);
    }
    const titles = charts.map(({ children }) => children[0]?.text);
    for (const { name } of input.document.run.scenarios) {
      expect(titles).toContain(`Latency of ${name}`);
      expect(titles).toContain(`Throughput of ${name} in each block`);
    }
  });

  test("must give the latencies of the baseline in the chart of this run's, in words too", () => {
    const chart = large.find(({ name, children }) => name === "svg" && children[0]?.text === "Latency of redis/set");
    expect(chart?.children[1]?.text).toMatch(
      /^p50 \d+ µs, .*2500 operations\. In the baseline: p50 \d+ µs, .*7500 operations\.$/,
    );
    const paths = elementsOf(chart ?? parseXml("<none/>")).filter(({ name }) => name === "path");
    expect(paths.map(({ attributes }) => attributes["class"])).toEqual(["area-now", "line-before", "line-now"]);
  });

  test("must load nothing: no script, no style or picture from elsewhere, and a policy that forbids it", () => {
    const references = large.flatMap(({ attributes }) =>
      ["src", "href", "xlink:href", "style", "action", "onclick"].flatMap((name) => attributes[name] ?? []),
    );
    expect(references).toEqual(["data:,"]);
    expect(named(large, "script")).toEqual([]);
    const style = named(large, "style").map(({ text }) => text);
    expect(style.join("")).not.toMatch(/url\(|@import|@font-face/);
    const hash = createHash("sha256")
      .update(style[0] ?? "")
      .digest("base64");
    const policy = large.find(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy");
    expect(policy?.attributes["content"]).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
  });

  test("must show what services say as text, wherever it comes from", () => {
    const evil = '</style></title><script>alert(1)</script><img src="x" onerror="alert(1)">\u001B[31m"\'&';
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf(evil, []);
    const measured = input.document.run.scenarios[0];
    const run = runOf(
      [
        { ...head, status: "failed", reason: evil, errors: 1 },
        ...(measured?.status === "measured" ? [{ ...measured, notes: [evil], parameters: { [evil]: evil } }] : []),
      ],
      {
        profile: evil,
        warnings: [evil],
        fingerprint: {
          ...input.document.run.fingerprint,
          cpuModel: evil,
          images: { [evil]: evil },
          durability: { [evil]: { [evil]: evil } },
        },
      },
    );
    const trace = {
      ...traceOf(),
      command: evil,
      services: traceOf().services.map((service) => ({ ...service, service: evil, prepared: [evil] })),
    };
    const entry = {
      at: evil,
      profile: evil,
      command: evil,
      verdict: evil,
      conditions: evil,
      scenarios: [{ name: evil, throughput: 1 }],
    };
    const page = pageOf({
      document: resultsDocument(run, judge(run, undefined)),
      history: [entry, entry],
      changes: [],
      trace,
    });
    expect(named(page, "script")).toEqual([]);
    expect(named(page, "img")).toEqual([]);
    expect(named(page, "body")[0]?.text.split("<script>alert(1)</script>").length).toBeGreaterThan(12);
    expect(named(page, "h3").map(({ text }) => text)).toContain(evil.replace("\u001B", "\uFFFD"));
  });

  test("must show the blocks of a scenario that never settled, which has no other figures", () => {
    const { status: _, histogram: __, notes: ___, ...rest } = scenarioOf("store/read", [blockOf(seeded(1), 0.1)]);
    const run = runOf([{ ...rest, status: "unsteady", reason: "its speed still rises" }]);
    const page = pageOf({ document: resultsDocument(run, judge(run, undefined)), history: [], changes: [] });
    expect(named(page, "article")[0]?.text).toContain("its speed still rises");
    expect(page.some(({ name, text }) => name === "title" && text === "Throughput of store/read in each block")).toBe(
      true,
    );
  });

  test("must name the server's own tool where one measured the same", () => {
    const runs = [{ throughput: 4321, operations: 500, meanMs: 1 }];
    const native = { status: "measured", tool: "store-bench", runs } as const;
    const scenario = scenarioOf("store/read", [blockOf(seeded(1), 0.1)], { native });
    const page = pageOf({ document: resultsDocument(runOf([scenario])), history: [], changes: [] });
    expect(named(page, "article")[0]?.text).toMatch(/ops\/s by store-bench in the container\s*4,321/);
  });

  test("must be whole for a run that goes on", () => {
    const partial = pageOf({
      document: resultsDocument(runOf([scenarioOf("store/read", [])], { complete: false })),
      history: [],
      changes: [],
    });
    expect(named(partial, "h1")[0]?.text).toContain("no verdict");
    expect(named(partial, "article")[0]?.text).toContain("store/read");
  });
});
