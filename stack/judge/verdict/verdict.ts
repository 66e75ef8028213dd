/** The verdict: judges a run against a baseline. Pure: the same two documents always give the same words. */
import { brokenBounds } from "../expectation/bounds.ts";
import {
  isMeasured,
  scenarioRuns,
  type Baseline,
  type RecordedBaseline,
  fingerprintOfBaseline,
  scenarioNames,
} from "../../core/results/baseline.ts";
import { causeOfFailure } from "../causes/bottleneck.ts";
import { idleWarnings } from "../causes/own-load.ts";
import { explainedOf } from "../controls/explained.ts";
import { learnControls } from "../controls/learn.ts";
import { withReadBlocks } from "../controls/read-blocks.ts";
import { withSameShares } from "../controls/shares.ts";
import { withExcuses } from "./common.ts";
import { countedMeasures } from "./counted.ts";
import { decide } from "./decide.ts";
import { evidenceOf, type Evidence } from "./evidence.ts";
import { type VerdictReport, type ScenarioVerdict } from "../../core/results/verdict.ts";
import { describe, hardwareDifferences, isSameHardware, obstacles, prediction } from "./conditions.ts";
import type { ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import { excusable } from "./excuse.ts";
import { usable } from "../baselines/usable.ts";
import { differences } from "../fingerprint.ts";
import { contradictions } from "../lint/lint-baseline.ts";
import { LITTLE_TOLERANCE } from "../stats/little.ts";
import { BLOCKS_MINIMUM, equivalenceTail, lookConstant } from "../stats/looks.ts";
import { machineVerdict } from "./machine.ts";
import { TIME, WORK, type Measure } from "./metrics.ts";
import { overall, plain } from "./overall.ts";
import { machineVariation, type MachineVariation } from "./variation.ts";

/**
 * Judges a run. The stack's verdict is about what the machine does not explain. A scenario is `below` if time, cpu per
 * operation, a limit, its shortest latencies or what is counted are worse beyond doubt. It `meets` if time shows no
 * loss, or, where the machine is not as at the baseline, if an operation costs no more than before.
 */
export function judge(measured: SmokeRun, recorded: Baseline | undefined): VerdictReport {
  if (recorded === undefined || recorded.kind === "reference") return withoutBaseline(measured);
  const { baseline: counted, warnings } = usable(recorded);
  const { run, baseline } = withSameShares(withReadBlocks(measured), counted);
  const [problem] = contradictions(recorded);
  const machine = machineVerdict(run, baseline);
  const head = {
    baseline: { name: baseline.name, recordedAt: baseline.recordedAt },
    ...(machine && { machine }),
    warnings: [...warnings, ...warningsOf(run, baseline)],
  };
  if (problem !== undefined) {
    const reason = `the baseline cannot be true: ${problem.place}: ${problem.says}`;
    const scenarios = run.scenarios.map((scenario) => plain(scenario, "baseline invalid", reason));
    return { ...head, ...overall(scenarios), scenarios };
  }
  // A faster machine excuses no loss.
  const isAsBefore = machine === undefined || (machine.state !== "busy" && machine.state !== "slower");
  const variation = variationOf(run, baseline);
  const prepared = run.scenarios.map((scenario) => prepare(scenario, { run, baseline, variation, isAsBefore }));
  const compared = prepared.flatMap((item) => (item.kind === "compared" ? [item.evidence] : []));
  const evidence = isAsBefore ? compared : withExcuses(compared);
  const decided = new Map(
    decide(evidence, run, baseline, isAsBefore).map((verdict, index) => [compared[index], verdict] as const),
  );
  const scenarios = prepared.flatMap((item) =>
    item.kind === "final" ? [item.verdict] : (decided.get(item.evidence) ?? []),
  );
  return { ...head, ...overall(scenarios), scenarios };
}

/**
 * For `runSmoke`: returns the function that names the scenarios which more blocks may decide; where there are none, those
 * that meet but for which the margin is smaller than what is excluded.
 */
export function undecidedAgainst(baseline: Baseline | undefined): (run: SmokeRun) => readonly string[] {
  return (run) => {
    const report = judge(run, baseline);
    const undecided = undecidedIn(report);
    return (undecided.length > 0 ? undecided : report.scenarios.filter(({ open }) => open)).map(({ name }) => name);
  };
}

/** Returns the scenarios that more blocks may decide. One that meets may be open for a finer bound only. */
export function undecidedIn({ scenarios }: VerdictReport): readonly ScenarioVerdict[] {
  return scenarios.filter(({ open, verdict }) => open && verdict !== "meets");
}

type Prepared =
  | { readonly kind: "final"; readonly verdict: ScenarioVerdict }
  | { readonly kind: "compared"; readonly evidence: Evidence };

interface Both {
  readonly run: SmokeRun;
  readonly baseline: RecordedBaseline;
  readonly variation: MachineVariation;
  readonly isAsBefore: boolean;
}

function prepare(scenario: ScenarioResult, { run, baseline, variation, isAsBefore }: Both): Prepared {
  const final = (verdict: ScenarioVerdict["verdict"], reason: string): Prepared => ({
    kind: "final",
    verdict: plain(scenario, verdict, reason),
  });
  if (!isMeasured(scenario)) return { kind: "final", verdict: withoutFigures(scenario, run) };
  const runs = scenarioRuns(baseline, scenario.name);
  const [before] = runs;
  if (before === undefined) return final("not comparable", "the baseline has no such scenario");
  const explained = explainedOf(scenario, run, baseline, isSameHardware(run, baseline));
  const speed = excusable(scenario, run, baseline, explained);
  const excused = { ...run, calibration: speed.now };
  const reasons = obstacles(scenario, before, excused, baseline);
  if (reasons.length > 0) return final("not comparable", reasons.join("; "));
  const [impossible] = brokenBounds(scenario, run.calibration);
  if (impossible !== undefined) return final("inconclusive", impossible);
  const least = Math.min(scenario.blocks.length, runs.flatMap(({ blocks }) => blocks).length);
  if (least < BLOCKS_MINIMUM) return final("inconclusive", `${least} blocks, ${BLOCKS_MINIMUM} are the least`);
  const broken = scenario.blocks.filter(({ littleDeviation = 0 }) => littleDeviation > LITTLE_TOLERANCE).length;
  if (2 * broken > scenario.blocks.length) return final("inconclusive", "the self-check failed: see the notes");
  const evidence = evidenceOf({
    now: scenario,
    runs,
    conditions: { margin: run.margin, variation, tail: equivalenceTail(run.plan.looks, scenario.blocks.length) },
    lossTail: lookConstant(run.plan.looks, scenario.blocks.length).tail,
    machine: prediction(runs, excused, baseline, speed.before),
    explained,
    isAsBefore,
  });
  return { kind: "compared", evidence };
}

/** Returns how much whole runs of the baseline vary, in every metric that this run may be compared by. */
function variationOf(run: SmokeRun, baseline: RecordedBaseline): MachineVariation {
  const counted = run.scenarios
    .filter(isMeasured)
    .flatMap((scenario) => countedMeasures(scenario, scenario.blocks).map(({ measure }) => measure));
  const all = new Map<string, Measure>([...TIME, ...WORK, ...counted].map((measure) => [measure.metric, measure]));
  return machineVariation(baseline, [...all.values()], baseline.controls ?? learnControls(baseline.runs));
}

function withoutFigures(scenario: ScenarioResult, run: SmokeRun): ScenarioVerdict {
  return { ...plain(scenario, "not measured", ""), ...whyFailed(scenario, run) };
}

function whyFailed(scenario: ScenarioResult, run: SmokeRun): Pick<ScenarioVerdict, "cause"> {
  const cause = causeOfFailure(scenario, run);
  return cause ? { cause } : {};
}

function withoutBaseline(run: SmokeRun): VerdictReport {
  const scenarios = run.scenarios.map((scenario) => ({
    ...plain(scenario, "no baseline", "nothing to compare with yet"),
    ...whyFailed(scenario, run),
  }));
  return { ...overall(scenarios), scenarios, warnings: [] };
}

function warningsOf(run: SmokeRun, baseline: RecordedBaseline): readonly string[] {
  const soft = differences(run.fingerprint, fingerprintOfBaseline(baseline)).filter(({ breaks }) => !breaks);
  const here = new Set(run.scenarios.map(({ name }) => name));
  const missing = new Set(scenarioNames(baseline.runs));
  for (const name of here) missing.delete(name);
  const predicted = hardwareDifferences(run, baseline).map((found) => `${describe(found)}: expectations are predicted`);
  return [
    ...soft.map(describe),
    ...predicted,
    ...idleWarnings(run, baseline),
    ...[...missing].map((name) => `the baseline has ${name}, this run has not`),
  ];
}
