/** How much whole runs vary; the blocks of a single run do not show it. */
import { mean, sampleVariance } from "simple-statistics";
import { scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import { METRICS, valuesOf, type Timed } from "./metrics.ts";
import { logDeviation } from "../stats/effect.ts";

/** Standard deviation of a run's level on the log scale, by metric: what the machine does to all scenarios alike. */
export type MachineVariation = Readonly<Record<Timed, number>>;

/** Nine runs of one scenario weigh as much as the machine; three runs weigh a fifth. */
const MACHINE_DF = 8;
/** Assumed for a machine that was measured once; more runs outweigh it. */
export const ASSUMED_VARIATION = 0.05;
/**
 * The assumption weighs as much as five runs of one scenario; three runs of twelve scenarios weigh six times as much.
 */
const ASSUMED_DF = 4;

/**
 * Estimates the machine's variation from all scenarios together. A single scenario has one degree of freedom less than
 * runs, and with three runs one scenario in ten would seem to vary by less than a third of the truth. The assumption
 * adds degrees of freedom. Source: Smyth, Linear models and empirical Bayes methods, 2004, the posterior variance.
 */
export function machineVariation(baseline: RecordedBaseline): MachineVariation {
  const names = [...new Set(baseline.runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const scenarios = names.map((name) => scenarioRuns(baseline, name).map(({ blocks }) => blocks));
  const of = (metric: Timed): number => {
    const read = METRICS.find((found) => found.metric === metric)?.read ?? (() => undefined);
    let squares = ASSUMED_DF * ASSUMED_VARIATION ** 2;
    let df = ASSUMED_DF;
    for (const runs of scenarios) {
      const levels = runs.flatMap((blocks) => logLevel(valuesOf(blocks, read)) ?? []);
      if (levels.length < 2) continue;
      df += levels.length - 1;
      squares += (levels.length - 1) * sampleVariance(levels);
    }
    return Math.sqrt(squares / df);
  };
  return { throughput: of("throughput"), "p95 latency": of("p95 latency") };
}

/**
 * Estimates the variation of one scenario's runs: the machine's, combined with the scenario's own by the number of its
 * runs. For a single run it is at least what independent blocks imply: their deviation over √n. Source: as above.
 */
export function runVariation(now: readonly number[], runs: readonly (readonly number[])[], machine: number): number {
  const levels = runs.flatMap((values) => logLevel(values) ?? []);
  if (levels.length < 2) return Math.max(machine, blocksImply(now, runs.flat()));
  const df = levels.length - 1;
  return Math.sqrt((MACHINE_DF * machine ** 2 + df * sampleVariance(levels)) / (MACHINE_DF + df));
}

function blocksImply(now: readonly number[], expected: readonly number[]): number {
  const pooled = Math.sqrt((logDeviation(now) ** 2 + logDeviation(expected) ** 2) / 2);
  return pooled / Math.sqrt(Math.min(now.length, expected.length));
}

function logLevel(values: readonly number[] | undefined): number | undefined {
  return values === undefined || values.length === 0 ? undefined : mean(values.map((value) => Math.log(value)));
}
