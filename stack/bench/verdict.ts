/** The verdict: what a run says against a baseline. Pure: the same two documents always give the same words. */
import { isMeasured, scenarioRuns, type Baseline, type RecordedBaseline } from "./baseline.ts";
import { blocksToDecide, compareScenario, MARGIN_MAXIMUM, type Comparison } from "./comparison.ts";
import { clientLimitOf, describe, likelyCause, obstacles, slowdown } from "./conditions.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "./document.ts";
import { differences } from "./fingerprint.ts";
import { fingerprintOfBaseline } from "./baseline.ts";
import { contradictions } from "./sanity.ts";
import { lossOf } from "./stats/effect.ts";
import { holm } from "./stats/holm.ts";
import { LITTLE_TOLERANCE } from "./stats/little.ts";
import { lookConstant, PLANNED_LOOKS } from "./stats/looks.ts";

export type Verdict = "meets" | "below" | "inconclusive" | "not comparable" | "baseline invalid";

/** `failed`: the service refused operations. `no baseline`: nothing to compare with. */
export type Outcome = Verdict | "failed" | "no baseline";

export interface ScenarioVerdict {
  readonly name: string;
  readonly verdict: Outcome | "not measured";
  readonly reason: string;
  readonly comparisons: readonly Comparison[];
  /** Where `inconclusive`: blocks in all that would decide; absent where more blocks cannot. */
  readonly blocksNeeded?: number;
  /** More blocks of the same run may change the verdict. */
  readonly open: boolean;
  /** Where `below`: the likely cause and the next command. */
  readonly hint?: string;
}

export interface VerdictReport {
  readonly verdict: Outcome;
  /** One sentence for people. */
  readonly summary: string;
  readonly baseline?: { readonly name: string; readonly recordedAt: string };
  readonly scenarios: readonly ScenarioVerdict[];
  /** Conditions that differ from the baseline's without making it incomparable, scenarios that it alone has. */
  readonly warnings: readonly string[];
}

/** Fewer blocks give no interval of 95 % for a median. */
const BLOCKS_MINIMUM = PLANNED_LOOKS[0] ?? 6;

/**
 * Judges a run. `below` needs the whole interval beyond the margin after Holm's correction over all scenarios and both
 * metrics, so the chance of even one false `below` is at most 2.5 % a run. `meets` needs the throughput's interval
 * within the margin, uncorrected: all must meet for the run to meet, an intersection–union test that keeps its level.
 * Only throughput must be shown to meet; throughput or p95 can be shown to be below.
 */
export function judge(run: SmokeRun, baseline: Baseline | undefined): VerdictReport {
  if (baseline === undefined || baseline.kind === "reference") return withoutBaseline(run);
  const problems = contradictions(baseline);
  const head = {
    baseline: { name: baseline.name, recordedAt: baseline.recordedAt },
    warnings: warningsOf(run, baseline),
  };
  if (problems.length > 0) {
    const reason = `the baseline cannot be true: ${problems[0]}`;
    const scenarios = run.scenarios.map((scenario) => plain(scenario, "baseline invalid", reason));
    return { ...head, ...overall(scenarios), scenarios };
  }
  const prepared = run.scenarios.map((scenario) => prepare(scenario, run, baseline));
  const scenarios = decide(prepared, run, baseline);
  return { ...head, ...overall(scenarios), scenarios };
}

/** For `runSmoke`: which scenarios more blocks may decide. */
export function undecidedAgainst(baseline: Baseline | undefined): (run: SmokeRun) => readonly string[] {
  return (run) =>
    judge(run, baseline)
      .scenarios.filter(({ open }) => open)
      .map(({ name }) => name);
}

type Prepared =
  | { readonly kind: "final"; readonly verdict: ScenarioVerdict }
  | {
      readonly kind: "compared";
      readonly now: MeasuredScenario;
      readonly runs: readonly MeasuredScenario[];
      readonly comparisons: readonly Comparison[];
    };

function prepare(scenario: ScenarioResult, run: SmokeRun, baseline: RecordedBaseline): Prepared {
  const final = (verdict: ScenarioVerdict["verdict"], reason: string): Prepared => ({
    kind: "final",
    verdict: plain(scenario, verdict, reason),
  });
  if (!isMeasured(scenario)) return final("not measured", "");
  const runs = scenarioRuns(baseline, scenario.name);
  const [before] = runs;
  if (before === undefined) return final("not comparable", "the baseline has no such scenario");
  const reasons = obstacles(scenario, before, run, baseline);
  if (reasons.length > 0) return final("not comparable", reasons.join("; "));
  const least = Math.min(scenario.blocks.length, runs.flatMap(({ blocks }) => blocks).length);
  if (least < BLOCKS_MINIMUM) return final("inconclusive", `${least} blocks, ${BLOCKS_MINIMUM} are the least`);
  const broken = scenario.blocks.filter(({ littleDeviation }) => littleDeviation > LITTLE_TOLERANCE).length;
  if (2 * broken > scenario.blocks.length) return final("inconclusive", "the self-check failed: see the notes");
  const { tail } = lookConstant(run.plan.looks.length);
  const options = { margin: run.margin, tail, slowdown: slowdown(scenario, run, baseline) };
  return { kind: "compared", now: scenario, runs, comparisons: compareScenario(scenario, runs, options) };
}

function decide(prepared: readonly Prepared[], run: SmokeRun, baseline: RecordedBaseline): readonly ScenarioVerdict[] {
  const { tail } = lookConstant(run.plan.looks.length);
  const family = prepared.flatMap((item) => (item.kind === "compared" ? item.comparisons : []));
  const adjusted = holm(family.map(({ p }) => p));
  const lost = new Set(family.filter((_, index) => (adjusted[index] ?? 1) <= tail));
  return prepared.map((item) => {
    if (item.kind === "final") return item.verdict;
    const worst = item.comparisons.find((comparison) => lost.has(comparison));
    return worst === undefined
      ? notBelow(item, tail, family.length)
      : below(item, worst, newClientLimit(item, run, baseline), likelyCause(item.now, run, baseline));
  });
}

type Compared = Extract<Prepared, { kind: "compared" }>;

/**
 * Where the client set the pace now and not in the baseline, the loss may be its own. Where it did in both, the same
 * client on the same machine became slower as a whole, and what the machine explains of that is in the slowdown.
 */
function newClientLimit({ now, runs }: Compared, run: SmokeRun, baseline: RecordedBaseline): string | undefined {
  const before = baseline.runs[0]?.calibration;
  const limit = clientLimitOf(now, run.calibration);
  return runs.every((scenario) => clientLimitOf(scenario, before) !== undefined) ? undefined : limit;
}

function below(
  { now, comparisons }: Compared,
  worst: Comparison,
  limit: string | undefined,
  hint: string,
): ScenarioVerdict {
  const head = { name: now.name, comparisons, open: false };
  const loss = `${worst.metric} is worse by ${percentLost(-worst.interval.high)} to ${percentLost(-worst.interval.low)}`;
  if (limit !== undefined) {
    return { ...head, verdict: "inconclusive", reason: `${loss}, but the client may be the cause: ${limit}` };
  }
  return { ...head, verdict: "below", reason: `${loss}; ${percentLost(worst.margin)} would be no finding`, hint };
}

function notBelow({ now, runs, comparisons }: Compared, tail: number, family: number): ScenarioVerdict {
  const head = { name: now.name, comparisons, open: false };
  const throughput = comparisons.find(({ metric }) => metric === "throughput");
  if (throughput === undefined) return { ...head, verdict: "inconclusive", reason: "no throughput to compare" };
  const { margin, interval, effect } = throughput;
  if (interval.low >= -margin && margin <= MARGIN_MAXIMUM) {
    return { ...head, verdict: "meets", reason: `a loss of over ${percentLost(margin)} is excluded` };
  }
  const blocks = {
    now: now.blocks.map((block) => block.throughput),
    expected: runs.flatMap((before) => before.blocks.map((block) => block.throughput)),
  };
  const needed = blocksToDecide(throughput, blocks, effect.estimate < -margin ? tail / family : tail);
  const reason = whyInconclusive(throughput);
  return {
    ...head,
    open: true,
    verdict: "inconclusive",
    reason,
    ...(needed !== undefined && { blocksNeeded: needed }),
  };
}

function whyInconclusive({ margin, interval, slowdown }: Comparison): string {
  if (margin > MARGIN_MAXIMUM)
    return `the blocks vary so much that only a loss of over ${percentLost(margin)} would show`;
  const range = `between ${percentChange(interval.low)} and ${percentChange(interval.high)}, the margin is ${percentLost(margin)}`;
  return slowdown > 0 && interval.high < -margin
    ? `${range}, and the machine itself is slower by up to ${percentLost(slowdown)}`
    : range;
}

function withoutBaseline(run: SmokeRun): VerdictReport {
  const scenarios = run.scenarios.map((scenario) => plain(scenario, "no baseline", "nothing to compare with yet"));
  return { ...overall(scenarios), scenarios, warnings: [] };
}

/** A scenario without figures keeps that as its verdict, whatever the baseline. */
function plain(scenario: ScenarioResult, verdict: ScenarioVerdict["verdict"], reason: string): ScenarioVerdict {
  const head = { name: scenario.name, comparisons: [], open: false };
  switch (scenario.status) {
    case "failed":
      return { ...head, verdict: "failed", reason: scenario.reason };
    case "skipped":
      return { ...head, verdict: "not measured", reason: scenario.reason };
    case "measured":
      return { ...head, verdict, reason };
  }
}

/** The worst outcome is the run's; `meets` only where every scenario does. */
function overall(scenarios: readonly ScenarioVerdict[]): { readonly verdict: Outcome; readonly summary: string } {
  const named = (outcome: ScenarioVerdict["verdict"]) => scenarios.filter(({ verdict }) => verdict === outcome);
  const total = scenarios.length;
  const order = ["failed", "below", "baseline invalid", "inconclusive", "no baseline", "not comparable"] as const;
  const worst = order.find((outcome) => named(outcome).length > 0);
  if (worst !== undefined) {
    const names = named(worst).map(({ name }) => name);
    const some = names.length === total ? `all ${total} scenarios` : `${names.join(", ")} (of ${total} scenarios)`;
    return { verdict: worst, summary: `${worst}: ${some}` };
  }
  if (named("meets").length === 0 || named("not measured").length > 0) {
    return {
      verdict: "inconclusive",
      summary: `inconclusive: ${named("not measured").length} of ${total} scenarios were not measured`,
    };
  }
  return { verdict: "meets", summary: `meets: all ${total} scenarios are within the margin of the baseline` };
}

function warningsOf(run: SmokeRun, baseline: RecordedBaseline): readonly string[] {
  const soft = differences(run.fingerprint, fingerprintOfBaseline(baseline)).filter(({ breaks }) => !breaks);
  const here = new Set(run.scenarios.map(({ name }) => name));
  const missing = new Set(baseline.runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)));
  for (const name of here) missing.delete(name);
  return [...soft.map(describe), ...[...missing].map((name) => `the baseline has ${name}, this run has not`)];
}

function percentLost(distance: number): string {
  return `${Math.round(lossOf(distance) * 100)} %`;
}

function percentChange(logRatio: number): string {
  const percent = Math.round(Math.expm1(logRatio) * 100);
  return `${percent > 0 ? "+" : ""}${percent} %`;
}
