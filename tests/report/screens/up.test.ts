/** The last screen of a command that proved and measured a stack: it fits a terminal of 100 columns and 40 lines. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Action } from "../../../stack/core/plan/action.ts";
import { limitsOf } from "../../../stack/core/results/commands/parts.ts";
import type { Smoke } from "../../../stack/core/results/commands/bench.ts";
import type { ServiceUp, Switched } from "../../../stack/core/results/commands/up.ts";
import type { ReportInput } from "../../../stack/core/results/report-input.ts";
import type { ScenarioVerdict } from "../../../stack/core/results/verdict.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { compareBaselines } from "../../../stack/judge/verdict/compare.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { comparedReport } from "../../../stack/report/measurement/compared.ts";
import { renderResults } from "../../../stack/report/measurement/results.ts";
import { runScreen } from "../../../stack/report/measurement/screen.ts";
import { switchText } from "../../../stack/report/screens/switch.ts";
import { upText, verifyText } from "../../../stack/report/screens/up.ts";
import { firstInput, largeInput } from "../../support/report/html-fixtures.ts";
import { MACHINE, smallStack } from "../../support/report/fixtures.ts";

const LIMITS = limitsOf(MACHINE);
const NAMES = ["postgres", "pgbouncer", "mysql", "redis-1", "redis-2", "redis-3", "rabbitmq", "vault", "mongodb"];

const services = (names: readonly string[]): readonly ServiceUp[] =>
  names.map((name, index) => ({
    name,
    version: "18.6-3",
    image: { reference: `${name}:1`, source: "debian", notes: [] },
    limits: LIMITS,
    instances: [{ name, endpoints: [{ name: "client", host: "127.0.0.1", port: 5432 + index }] }],
  }));

let stack: Switched;

beforeAll(async () => {
  const { budget } = await smallStack();
  stack = {
    stack: "test",
    profile: "qa",
    from: "dev",
    runtime: "engine",
    engine: "unix:///var/run/docker.sock",
    machine: { ...LIMITS, notes: [] },
    sizedFor: limitsOf(budget.machine),
    leftOut: [],
    services: services(NAMES),
    proof: { settings: 230, containers: 9, files: 24 },
    limitsFrom: "kernel",
    notes: ["mysql rounds innodb_buffer_pool_size to 256 MiB", "redis keeps what it has, since this and that is so"],
    phases: ["look", "images", "configuration", "containers", "services", "proof"].map((name) => ({
      name,
      startedMs: 0,
      durationMs: 2345,
    })),
    actions: [],
    starts: [],
    interruptions: [{ instance: "postgres", durationMs: 2000, held: ["pgbouncer"] }],
  };
});

/** Names as long as those of the catalogue. */
const shorter = <Each extends { readonly name: string }>(each: Each): Each => ({
  ...each,
  name: each.name.slice(0, 27),
});

function smokeOf({ document: { run: measuredRun, verdict: found } }: ReportInput): Smoke {
  const run = { ...measuredRun, scenarios: measuredRun.scenarios.map(shorter) };
  const document = resultsDocument(run, found && { ...found, scenarios: found.scenarios.map(shorter) });
  const verdict = document.verdict ?? judge(document.run, undefined);
  const files = ["results/performance-results-1.json", "results/performance-results-1.html"];
  const text = renderResults(document, []);
  const measured = { run: document.run, verdict, document, text, screen: runScreen(document), files };
  return { measured, comparison: undefined, durationMs: 30_000 };
}

/** Every scenario is open, with a long reason and a cause: the longest that a run has to say. */
function undecided(): ReportInput {
  const input = largeInput();
  const { run, verdict } = input.document;
  const [last] = (verdict?.scenarios ?? []).slice(-1);
  if (verdict === undefined || last === undefined) throw new Error("the fixture has no verdict");
  const scenarios = verdict.scenarios.map(({ name, comparisons }): ScenarioVerdict => ({
    ...last,
    name,
    comparisons,
    reason: last.reason,
  }));
  return { ...input, document: resultsDocument(run, { ...verdict, scenarios }) };
}

const CHANGES: readonly Action[] = NAMES.map((instance) => ({
  kind: "apply-settings",
  service: instance,
  instance,
  changes: [{ name: "memory", unit: "bytes", from: 1, to: 2 }],
  cause: "memory is 1 B, wanted 2 B: the profile has more of it for every service",
}));

function expectOneScreen(text: string): void {
  const lines = text.split("\n");
  expect(lines.length).toBeLessThanOrEqual(38);
  expect(lines.filter(({ length }) => length > 100)).toEqual([]);
}

describe("the last screen", () => {
  test("of verify has the verdict, what is worse, the addresses and the report", () => {
    const text = verifyText(stack, { smoke: smokeOf(largeInput()), exitCode: 3 }, false);
    expectOneScreen(text);
    expect(text).toMatch(/^Verdict: below/);
    expect(text).toMatch(/^pgbouncer\/insert one row: below: /m);
    expect(text).toMatch(/^postgres +18\.6-3 +127\.0\.0\.1:5432 /m);
    expect(text).toMatch(/^Report: results\/performance-results-1\.html$/m);
    expect(text).not.toContain("calibration");
  });

  test("of up is one screen too where every scenario is open, and says how many findings it leaves out", () => {
    const text = upText(stack, { smoke: smokeOf(undecided()), exitCode: 0 }, false);
    expectOneScreen(text);
    expect(text).toMatch(/^postgres\/.*: inconclusive: [^]*?\n {2}next: npm run logs/m);
    expect(text).toMatch(/^and \d+ more that are not met: the report, or --verbose$/m);
    expect(text).toMatch(/^ {2}2 notes: --verbose$/m);
    expect(text).toContain("postgres was away for");
  });

  test("of a first run offers to record the figures", () => {
    const text = upText(stack, { smoke: smokeOf(firstInput()), exitCode: 0 }, false);
    expectOneScreen(text);
    expect(text).toContain("\n  npm run baseline -- record\n");
  });

  test("of a switch has what became slower or faster, and the first changes", () => {
    const [slow, fast] = [largeInput(), firstInput()].map(({ document }) => recordBaseline([document.run]));
    if (slow === undefined || fast === undefined) throw new Error("two runs were given");
    const compared = comparedReport(compareBaselines(fast, slow));
    const conclusion = { smoke: smokeOf(undecided()), compared, exitCode: 0 };
    const text = switchText({ ...stack, actions: CHANGES }, conclusion, false);
    expectOneScreen(text);
    expect(text).toMatch(/^From \S+ to \S+: throughput /m);
    expect(text).toMatch(/^Switched from dev to qa:$/m);
    expect(text).toMatch(/^ {2}and \d+ more changes: --verbose$/m);
    const unmeasured = switchText({ ...stack, actions: CHANGES }, { smoke: undefined, exitCode: 0 }, false);
    expectOneScreen(unmeasured);
    expect(unmeasured).toMatch(/^Switched from dev to qa:\n {2}apply live to postgres: memory is/);
  });

  test("has a table of many services to the end that fits, and says where the others are", () => {
    const many = Array.from({ length: 30 }, (_, index) => `service-${index + 1}`);
    const text = upText({ ...stack, services: services(many) }, { smoke: smokeOf(largeInput()), exitCode: 0 }, false);
    expectOneScreen(text);
    expect(text).toMatch(/^and \d+ more: npm run status$/m);
  });

  test("is as long as it must be with --verbose: nothing is left out", () => {
    const conclusion = { smoke: smokeOf(undecided()), exitCode: 0, isVerbose: true };
    const text = switchText({ ...stack, actions: CHANGES }, conclusion, false);
    expect(text).toContain("calibration");
    expect(text.match(/apply live to/g)).toHaveLength(NAMES.length);
    expect(text.match(/: inconclusive: /g)?.length).toBeGreaterThanOrEqual(12);
    expect(text).not.toContain("--verbose");
  });
});
