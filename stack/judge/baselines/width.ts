/** How small a loss can be that a run would show against a baseline, and which of its runs makes it large. Pure. */
import { median } from "simple-statistics";
import { firstRun, scenarioNames, scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { ScenarioWidth } from "../../core/results/baseline-quality.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { learnControls } from "../controls/learn.ts";
import { NO_CHANGE } from "../expectation/predict.ts";
import { deviationOf, lossOf } from "../stats/effect.ts";
import { equivalenceTail } from "../stats/looks.ts";
import { compareMeasure } from "../verdict/comparison.ts";
import { THROUGHPUT } from "../verdict/metrics.ts";
import { machineVariation, type MachineVariation } from "../verdict/variation.ts";

/** With fewer runs, the single run that is left shows no variation between runs and would seem narrow. */
const LEAVE_ONE_OUT_RUNS = 3;
/** A run is named if the baseline without it excludes losses of at most this share of those with it. */
const NOTABLE_SHARE = 0.8;

/**
 * Returns the width for each scenario of the baseline, all of whose runs count. `excludes` supposes a run that measures
 * as many blocks as the baseline's runs, and is as fast: larger losses are excluded then. Scenarios with fewer than two
 * blocks are left out.
 */
export function widthsOf(baseline: RecordedBaseline): readonly ScenarioWidth[] {
  const whole = expectationOf(baseline);
  const without = leaveOneOut(baseline);
  return scenarioNames(baseline.runs).flatMap((scenario) => {
    const runs = scenarioRuns(baseline, scenario);
    const typical = typicalOf(runs);
    const excludes = excludedLoss(scenario, typical, whole);
    if (typical === undefined || excludes === undefined) return [];
    const [widest] = without
      .flatMap(({ run, rest }) => {
        const left = excludedLoss(scenario, typical, rest);
        return left === undefined ? [] : [{ run, excludes: left }];
      })
      .toSorted((left, right) => left.excludes - right.excludes);
    const isNotable = widest !== undefined && widest.excludes <= NOTABLE_SHARE * excludes;
    return [{ scenario, runs: runs.length, blocks: typical.blocks.length, excludes, ...(isNotable ? { widest } : {}) }];
  });
}

/** Returns the loss that a run excludes in the middle scenario of the baseline; undefined if none can be judged. */
export function typicalWidth(baseline: RecordedBaseline): number | undefined {
  const whole = expectationOf(baseline);
  const widths = scenarioNames(baseline.runs).flatMap(
    (name) => excludedLoss(name, typicalOf(scenarioRuns(baseline, name)), whole) ?? [],
  );
  return widths.length === 0 ? undefined : median(widths);
}

/** A baseline, and what the verdict learns from all of its runs. */
interface Expectation {
  readonly baseline: RecordedBaseline;
  readonly variation: MachineVariation;
}

function expectationOf(baseline: RecordedBaseline): Expectation {
  const controls = baseline.controls ?? learnControls(baseline.runs) ?? {};
  return { baseline, variation: machineVariation(baseline, [THROUGHPUT], controls) };
}

/** The baseline without each of its runs, if enough are left. */
function leaveOneOut(baseline: RecordedBaseline): readonly { readonly run: number; readonly rest: Expectation }[] {
  if (baseline.runs.length < LEAVE_ONE_OUT_RUNS) return [];
  return baseline.runs.map((_, run) => {
    const runs = baseline.runs.filter((_run, index) => index !== run);
    return { run, rest: expectationOf({ ...baseline, runs }) };
  });
}

/** Returns the run of a scenario that varies as the middle one does. */
function typicalOf(runs: readonly MeasuredScenario[]): MeasuredScenario | undefined {
  const enough = runs.filter(({ blocks }) => blocks.length >= 2);
  const middle = Math.floor((enough.length - 1) / 2);
  return enough.toSorted((left, right) => logDeviation(left) - logDeviation(right))[middle];
}

function logDeviation({ blocks }: MeasuredScenario): number {
  return deviationOf(blocks.map(({ throughput }) => Math.log(throughput)));
}

function excludedLoss(
  scenario: string,
  now: MeasuredScenario | undefined,
  { baseline, variation }: Expectation,
): number | undefined {
  const runs = scenarioRuns(baseline, scenario);
  if (now === undefined || runs.flatMap(({ blocks }) => blocks).length < 2) return undefined;
  const { margin, plan } = firstRun(baseline);
  const tail = equivalenceTail(plan.looks, now.blocks.length);
  const compared = compareMeasure(THROUGHPUT, { now, runs }, { margin, variation, tail, isAsBefore: true }, NO_CHANGE);
  if (compared === undefined) return undefined;
  const { interval, margin: distance } = compared.comparison;
  return lossOf(Math.max(distance, (interval.high - interval.low) / 2));
}
