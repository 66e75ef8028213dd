/** Compares two recorded baselines: what became faster or slower, and how certain that is. */
import {
  fingerprintOfBaseline,
  scenarioNames,
  scenarioRuns,
  type RecordedBaseline,
} from "../../core/results/baseline.ts";
import { meanCalibration } from "../expectation/calibration-mean.ts";
import { compareMeasure, MARGIN_MAXIMUM } from "./comparison.ts";
import { countedMeasures } from "./counted.ts";
import { TIME, WORK } from "./metrics.ts";
import { type BaselineComparison, type ComparedRow } from "../../core/results/comparison.ts";
import { isWorkMetric, type Comparison } from "../../core/results/verdict.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { usable } from "../baselines/usable.ts";
import { differences, workloadDifferences } from "../fingerprint.ts";
import { canPredict, NO_CHANGE, predict } from "../expectation/predict.ts";
import { holm } from "../stats/holm.ts";
import { machineVariation } from "./variation.ts";

/** Two-sided 5 %: the data are complete, so there is only one analysis. */
const TAIL = 0.025;
/** Smaller differences than a tenth are no finding, as in a profile's default margin. */
const MARGIN = 0.1;

/**
 * Compares the newer baseline with the older one: every figure of time and work that both have in runs that count.
 * Baselines that were recorded without work are compared by time alone.
 */
export function compareBaselines(older: RecordedBaseline, newer: RecordedBaseline): BaselineComparison {
  const [left, right] = [usable(older).baseline, usable(newer).baseline];
  const names = scenarioNames([...left.runs, ...right.runs]);
  const variation = machineVariation(left);
  const pairs = names.map((name) => ({
    name,
    before: scenarioRuns(left, name),
    after: merged(scenarioRuns(right, name)),
  }));
  const rows = pairs.flatMap(({ name, before, after }) => {
    const [first] = before;
    if (first === undefined || after === undefined || after.blocks.length < 2) return [];
    if (before.some(({ blocks }) => blocks.length < 2) || workloadDifferences(after, first).length > 0) return [];
    const all = [after, ...before].flatMap(({ blocks }) => blocks);
    const measures = [...TIME, ...WORK, ...countedMeasures(after, all).map(({ measure }) => measure)];
    const conditions = { margin: MARGIN, variation, tail: TAIL, isAsBefore: true };
    return measures.flatMap((measure) => {
      const found = compareMeasure(measure, { now: after, runs: before }, conditions, NO_CHANGE);
      return found ? [{ name, comparison: found.comparison }] : [];
    });
  });
  const predictions = predictionsOf(left, right);
  const adjusted = holm(rows.map(({ comparison }) => comparison.p));
  const compared = new Set(rows.map(({ name }) => name));
  return {
    left: left.name,
    right: right.name,
    differences: differences(fingerprintOfBaseline(right), fingerprintOfBaseline(left)),
    rows: rows.map(({ name, comparison }, index) => ({
      scenario: name,
      comparison,
      ...predictions(name, comparison),
      outcome: outcomeOf(comparison, adjusted[index] ?? 1),
    })),
    leftOut: names.filter((name) => !compared.has(name)),
  };
}

/** Returns the prediction for each metric of time: throughput falls as latency rises. */
function predictionsOf(left: RecordedBaseline, right: RecordedBaseline) {
  const [now, before] = [right, left].map(({ runs }) => meanCalibration(runs.map(({ calibration }) => calibration)));
  const isOther = differences(fingerprintOfBaseline(right), fingerprintOfBaseline(left)).some(
    ({ hardware }) => hardware,
  );
  return (name: string, { metric, expected }: Comparison): { readonly predicted?: number } => {
    const scenario = merged(scenarioRuns(left, name));
    if (!isOther || !canPredict(now, before) || scenario === undefined) return {};
    // What an operation takes of the cpu or the disk is not predicted: another processor needs another number of cycles.
    if (isWorkMetric(metric) || metric === "time held back") return {};
    const { shift } = predict(scenario, now, before, false);
    return { predicted: expected * Math.exp(metric === "throughput" ? -shift : shift) };
  };
}

function outcomeOf({ interval, margin }: Comparison, p: number): ComparedRow["outcome"] {
  if (p <= TAIL) return "slower";
  if (interval.low > margin) return "faster";
  // A margin that hides a loss of half the speed confirms nothing.
  if (margin > MARGIN_MAXIMUM) return "unclear";
  return interval.low >= -margin && interval.high <= margin ? "same" : "unclear";
}

/** Merges the blocks of all runs: here the newer side is a distribution too. */
function merged(runs: readonly MeasuredScenario[]): MeasuredScenario | undefined {
  const [first] = runs;
  return first && { ...first, blocks: runs.flatMap(({ blocks }) => blocks) };
}
