/** How much whole runs vary; the blocks of a single run do not show it. */
import { mean, sampleVariance } from "simple-statistics";
import { scenarioNames, scenarioRuns, type Controls, type RecordedBaseline } from "../../core/results/baseline.ts";
import { TIME, type Measure } from "./metrics.ts";
import { adjustedScores } from "./scores.ts";
import { deviationOf } from "../stats/effect.ts";

/** Standard deviation of a run's score, by metric: what the machine does to all scenarios alike. */
export type MachineVariation = Readonly<Record<string, number>>;

/** Nine runs of one scenario weigh as much as the machine; three runs weigh a fifth. */
const MACHINE_DF = 8;
/**
 * The assumption weighs as much as five runs of one scenario; three runs of twelve scenarios weigh six times as much.
 */
const ASSUMED_DF = 4;

/**
 * Estimates the machine's variation from all scenarios together. A single scenario has one degree of freedom less than
 * runs, and with three runs one scenario in ten would seem to vary by less than a third of the truth. The assumption
 * adds degrees of freedom. What the controls of a scenario explain is no variation. Source: Smyth, Linear models and
 * empirical Bayes methods, 2004, the posterior variance.
 */
export function machineVariation(
  baseline: RecordedBaseline,
  measures: readonly Measure[] = TIME,
  controls: Readonly<Record<string, Controls>> = {},
): MachineVariation {
  const names = scenarioNames(baseline.runs);
  const scenarios = names.map((name) => ({ name, runs: scenarioRuns(baseline, name).map(({ blocks }) => blocks) }));
  const of = (measure: Measure): number => {
    let squares = ASSUMED_DF * measure.variation ** 2;
    let df = ASSUMED_DF;
    for (const { name, runs } of scenarios) {
      const levels = levelsOf(adjustedScores(runs, measure, controls[name]) ?? []);
      if (levels.length < 2) continue;
      df += levels.length - 1;
      squares += (levels.length - 1) * sampleVariance(levels);
    }
    return Math.sqrt(squares / df);
  };
  return Object.fromEntries(measures.map((measure) => [measure.metric, of(measure)]));
}

/**
 * Estimates the variation of one scenario's runs: the machine's, combined with the scenario's own by the number of its
 * runs. For a single run it is at least what independent blocks imply: their deviation over √n. Source: as above.
 */
export function scoreVariation(now: readonly number[], runs: readonly (readonly number[])[], machine: number): number {
  const levels = levelsOf(runs);
  if (levels.length < 2) return Math.max(machine, blocksImply(now, runs.flat()));
  const df = levels.length - 1;
  return Math.sqrt((MACHINE_DF * machine ** 2 + df * sampleVariance([...levels])) / (MACHINE_DF + df));
}

function blocksImply(now: readonly number[], expected: readonly number[]): number {
  const pooled = Math.sqrt((deviationOf(now) ** 2 + deviationOf(expected) ** 2) / 2);
  return pooled / Math.sqrt(Math.min(now.length, expected.length));
}

function levelsOf(runs: readonly (readonly number[])[]): number[] {
  return runs.flatMap((scores) => (scores.length === 0 ? [] : [mean([...scores])]));
}
