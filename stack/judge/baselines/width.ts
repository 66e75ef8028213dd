/** How small a loss can be that a run would show against a baseline, and which of its runs makes it large. Pure. */
import { median } from "simple-statistics";
import { firstRun, scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { ScenarioWidth } from "../../core/results/baseline-quality.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { NO_CHANGE } from "../expectation/predict.ts";
import { logDeviation, lossOf } from "../stats/effect.ts";
import { lookConstant } from "../stats/looks.ts";
import { compareScenario } from "../verdict/comparison.ts";
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
  const names = [...new Set(baseline.runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const variation = machineVariation(baseline);
  const without = leaveOneOut(baseline);
  return names.flatMap((scenario) => {
    const runs = scenarioRuns(baseline, scenario);
    const typical = typicalOf(runs);
    const excludes = excludedLoss(typical, runs, baseline, variation);
    if (typical === undefined || excludes === undefined) return [];
    const widest = without
      .flatMap(({ run, rest }) => {
        const left = excludedLoss(typical, scenarioRuns(rest, scenario), rest, machineVariation(rest));
        return left === undefined ? [] : [{ run, excludes: left }];
      })
      .toSorted((left, right) => left.excludes - right.excludes)[0];
    const isNotable = widest !== undefined && widest.excludes <= NOTABLE_SHARE * excludes;
    return [{ scenario, runs: runs.length, blocks: typical.blocks.length, excludes, ...(isNotable ? { widest } : {}) }];
  });
}

/** Returns the loss that a run excludes in the middle scenario of the baseline; undefined if none can be judged. */
export function typicalWidth(baseline: RecordedBaseline): number | undefined {
  const variation = machineVariation(baseline);
  const names = [...new Set(baseline.runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const widths = names.flatMap((name) => {
    const runs = scenarioRuns(baseline, name);
    return excludedLoss(typicalOf(runs), runs, baseline, variation) ?? [];
  });
  return widths.length === 0 ? undefined : median(widths);
}

/** The baseline without each of its runs, if enough are left. */
function leaveOneOut(baseline: RecordedBaseline): readonly { readonly run: number; readonly rest: RecordedBaseline }[] {
  if (baseline.runs.length < LEAVE_ONE_OUT_RUNS) return [];
  return baseline.runs.map((_, run) => ({
    run,
    rest: { ...baseline, runs: baseline.runs.filter((_run, index) => index !== run) },
  }));
}

/** Returns the run of a scenario that varies as the middle one does. */
function typicalOf(runs: readonly MeasuredScenario[]): MeasuredScenario | undefined {
  const enough = runs.filter(({ blocks }) => blocks.length >= 2);
  return enough.toSorted((left, right) => deviationOf(left) - deviationOf(right))[Math.floor((enough.length - 1) / 2)];
}

function deviationOf({ blocks }: MeasuredScenario): number {
  return logDeviation(blocks.map(({ throughput }) => throughput));
}

function excludedLoss(
  now: MeasuredScenario | undefined,
  runs: readonly MeasuredScenario[],
  baseline: RecordedBaseline,
  variation: MachineVariation,
): number | undefined {
  if (now === undefined || runs.flatMap(({ blocks }) => blocks).length < 2) return undefined;
  const { margin, plan } = firstRun(baseline);
  const { tail } = lookConstant(plan.looks.length);
  const compared = compareScenario(now, runs, { margin, variation, tail, prediction: NO_CHANGE });
  const throughput = compared.find(({ metric }) => metric === "throughput");
  if (throughput === undefined) return undefined;
  const half = (throughput.interval.high - throughput.interval.low) / 2;
  return lossOf(Math.max(throughput.margin, half));
}
