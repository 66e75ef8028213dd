/** The verdict: judges a run against a baseline. Pure: the same two documents always give the same words. */
import { percentChange } from "../../core/units.ts";
import { brokenBounds } from "../expectation/bounds.ts";
import {
  isMeasured,
  scenarioRuns,
  type Baseline,
  type RecordedBaseline,
  fingerprintOfBaseline,
} from "../../core/results/baseline.ts";
import { causeOf, causeOfFailure } from "../causes/bottleneck.ts";
import { blocksToDecide, compareScenario, MARGIN_MAXIMUM } from "./comparison.ts";
import {
  type Comparison,
  type Cause,
  type VerdictReport,
  type ScenarioVerdict,
  type Outcome,
} from "../../core/results/verdict.ts";
import { clientLimitOf, describe, hardwareDifferences, obstacles, prediction } from "./conditions.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import { excusable } from "./excuse.ts";
import { usable } from "../baselines/usable.ts";
import { differences } from "../fingerprint.ts";
import { contradictions } from "../lint/lint-baseline.ts";
import { lossOf } from "../stats/effect.ts";
import { holm } from "../stats/holm.ts";
import { LITTLE_TOLERANCE } from "../stats/little.ts";
import { lookConstant, PLANNED_LOOKS } from "../stats/looks.ts";
import { machineVariation, type MachineVariation } from "./variation.ts";

/** Smaller changes of the machine's speed are not mentioned. */
const NOTABLE_SHIFT = 0.05;

/** Fewer blocks give no 95 % interval for a median. */
const BLOCKS_MINIMUM = PLANNED_LOOKS[0] ?? 6;

/**
 * Judges a run. `below` needs the whole interval beyond the margin, after Holm's correction over all scenarios and both
 * metrics, so the chance of even one false `below` is at most 2.5 % per run. `meets` needs the throughput's interval
 * within the margin, uncorrected: every scenario must meet, and such an intersection–union test keeps its level.
 * Throughput alone must be shown to meet; throughput or p95 can be shown to be below.
 */
export function judge(run: SmokeRun, recorded: Baseline | undefined): VerdictReport {
  if (recorded === undefined || recorded.kind === "reference") return withoutBaseline(run);
  const { baseline, warnings } = usable(recorded);
  const [problem] = contradictions(recorded);
  const head = {
    baseline: { name: baseline.name, recordedAt: baseline.recordedAt },
    warnings: [...warnings, ...warningsOf(run, baseline)],
  };
  if (problem !== undefined) {
    const reason = `the baseline cannot be true: ${problem.place}: ${problem.says}`;
    const scenarios = run.scenarios.map((scenario) => plain(scenario, "baseline invalid", reason));
    return { ...head, ...overall(scenarios), scenarios };
  }
  const variation = machineVariation(baseline);
  const prepared = run.scenarios.map((scenario) => prepare(scenario, run, baseline, variation));
  const scenarios = decide(prepared, run, baseline);
  return { ...head, ...overall(scenarios), scenarios };
}

/** For `runSmoke`: returns the function that names the scenarios which more blocks may decide. */
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

function prepare(
  scenario: ScenarioResult,
  run: SmokeRun,
  baseline: RecordedBaseline,
  variation: MachineVariation,
): Prepared {
  const final = (verdict: ScenarioVerdict["verdict"], reason: string): Prepared => ({
    kind: "final",
    verdict: plain(scenario, verdict, reason),
  });
  if (!isMeasured(scenario)) return { kind: "final", verdict: withoutFigures(scenario, run) };
  const runs = scenarioRuns(baseline, scenario.name);
  const [before] = runs;
  if (before === undefined) return final("not comparable", "the baseline has no such scenario");
  const excused = { ...run, calibration: excusable(scenario, run, baseline) };
  const reasons = obstacles(scenario, before, excused, baseline);
  if (reasons.length > 0) return final("not comparable", reasons.join("; "));
  const [impossible] = brokenBounds(scenario, run.calibration);
  if (impossible !== undefined) return final("inconclusive", impossible);
  const least = Math.min(scenario.blocks.length, runs.flatMap(({ blocks }) => blocks).length);
  if (least < BLOCKS_MINIMUM) return final("inconclusive", `${least} blocks, ${BLOCKS_MINIMUM} are the least`);
  const broken = scenario.blocks.filter(({ littleDeviation = 0 }) => littleDeviation > LITTLE_TOLERANCE).length;
  if (2 * broken > scenario.blocks.length) return final("inconclusive", "the self-check failed: see the notes");
  const { tail } = lookConstant(run.plan.looks.length);
  const options = { margin: run.margin, variation, tail, prediction: prediction(runs, excused, baseline) };
  return { kind: "compared", now: scenario, runs, comparisons: compareScenario(scenario, runs, options) };
}

function withoutFigures(scenario: ScenarioResult, run: SmokeRun): ScenarioVerdict {
  return { ...plain(scenario, "not measured", ""), ...whyFailed(scenario, run) };
}

function whyFailed(scenario: ScenarioResult, run: SmokeRun): Pick<ScenarioVerdict, "cause"> {
  const cause = causeOfFailure(scenario, run);
  return cause ? { cause } : {};
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
      : below(
          item,
          worst,
          newClientLimit(item, run, baseline),
          causeOf({ scenario: item.now, loss: -worst.effect.estimate, run, baseline }),
        );
  });
}

type Compared = Extract<Prepared, { kind: "compared" }>;

/**
 * Returns the client limit if the client set the pace in this run but not in the baseline: the loss may be the client's
 * own. If it did in both, the same client became slower as a whole, and the slowdown includes what the machine
 * explains.
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
  cause: Cause,
): ScenarioVerdict {
  const head = { name: now.name, comparisons, open: false };
  const loss = `${worst.metric} is worse by ${percentLost(-worst.interval.high)} to ${percentLost(-worst.interval.low)}`;
  // Other load takes cpu from the client too, so the other load explains the client's limit.
  if (limit !== undefined && cause.kind !== "other load") {
    return { ...head, verdict: "inconclusive", reason: `${loss}, but the client may be the cause: ${limit}` };
  }
  return { ...head, verdict: "below", reason: `${loss}; ${percentLost(worst.margin)} would be no finding`, cause };
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

function whyInconclusive({ margin, interval, prediction: { shift } }: Comparison): string {
  if (margin > MARGIN_MAXIMUM)
    return `the blocks vary so much that only a loss of over ${percentLost(margin)} would show`;
  const range = `between ${percentChange(interval.low)} and ${percentChange(interval.high)}, the margin is ${percentLost(margin)}`;
  if (Math.abs(shift) < NOTABLE_SHIFT) return range;
  return `${range}, against a prediction: the machine itself is ${shift > 0 ? "slower" : "faster"} by ${percentLost(Math.abs(shift))}`;
}

function withoutBaseline(run: SmokeRun): VerdictReport {
  const scenarios = run.scenarios.map((scenario) => ({
    ...plain(scenario, "no baseline", "nothing to compare with yet"),
    ...whyFailed(scenario, run),
  }));
  return { ...overall(scenarios), scenarios, warnings: [] };
}

/** A scenario without figures gets its own state as verdict, whatever the baseline. */
function plain(scenario: ScenarioResult, verdict: ScenarioVerdict["verdict"], reason: string): ScenarioVerdict {
  const head = { name: scenario.name, comparisons: [], open: false };
  switch (scenario.status) {
    case "failed":
      return { ...head, verdict: "failed", reason: scenario.reason };
    case "skipped":
      return { ...head, verdict: "not measured", reason: scenario.reason };
    case "unsteady":
      return { ...head, verdict: unsteadyVerdict(verdict), reason: `unsteady: ${scenario.reason}`, open: true };
    case "measured":
      return { ...head, verdict, reason };
  }
}

/** Without figures nothing can be compared. This matters only if there is a baseline to compare with. */
function unsteadyVerdict(verdict: ScenarioVerdict["verdict"]): ScenarioVerdict["verdict"] {
  return verdict === "no baseline" || verdict === "baseline invalid" ? verdict : "inconclusive";
}

/** The run gets the worst verdict of its scenarios; `meets` only if every scenario meets. */
function overall(scenarios: readonly ScenarioVerdict[]): { readonly verdict: Outcome; readonly summary: string } {
  const named = (outcome: ScenarioVerdict["verdict"]) => scenarios.filter(({ verdict }) => verdict === outcome);
  const total = scenarios.length;
  const order = ["failed", "below", "baseline invalid", "inconclusive", "no baseline", "not comparable"] as const;
  const worst = order.find((outcome) => named(outcome).length > 0);
  if (worst !== undefined) {
    const names = named(worst).map(({ name }) => name);
    const some = names.length === total ? `all ${total} scenarios` : `${names.join(", ")} (of ${total} scenarios)`;
    const causes = [...new Set(named(worst).flatMap(({ cause }) => cause?.kind ?? []))];
    const why = causes.length === 0 ? "" : `; likely cause: ${causes.join(", ")}`;
    return { verdict: worst, summary: `${worst}: ${some}${why}` };
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
  const predicted = hardwareDifferences(run, baseline).map((found) => `${describe(found)}: expectations are predicted`);
  return [
    ...soft.map(describe),
    ...predicted,
    ...[...missing].map((name) => `the baseline has ${name}, this run has not`),
  ];
}

function percentLost(distance: number): string {
  return `${Math.round(lossOf(distance) * 100)} %`;
}
