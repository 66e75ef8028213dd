/** What the verdicts on a clean stack were. Pure. */
import { median } from "simple-statistics";
import { lossOf } from "../../../../stack/judge/stats/effect.ts";
import type { Judged, Sample } from "../samples.ts";
import { proportion, type Proportion } from "./proportion.ts";

export interface CleanRow {
  readonly runs: number;
  /** Of all verdicts on scenarios. */
  readonly decided: Proportion;
  /** Runs of which every scenario was decided. */
  readonly allDecided: Proportion;
  /** Runs with a scenario that is said to be below, or that failed: false, as nothing is wrong. */
  readonly falseRuns: Proportion;
  readonly falseScenarios: Proportion;
  readonly scenarios: readonly CleanScenario[];
}

export interface CleanScenario {
  readonly name: string;
  readonly decided: Proportion;
  readonly below: Proportion;
  /** Decided by work, not by time. */
  readonly byWork: number;
  /** The largest loss that the interval of a `meets` still allows, as a fraction, by run. */
  readonly excluded: readonly number[];
  /** Medians over the runs, as fractions; absent if nothing was compared. */
  readonly excludedMedian: number | undefined;
  readonly marginMedian: number | undefined;
}

export function isDecided({ verdict }: Judged): boolean {
  return verdict === "meets" || verdict === "below";
}

export function isBelow({ verdict }: Judged): boolean {
  return verdict === "below" || verdict === "failed";
}

export function cleanRow(samples: readonly Sample[]): CleanRow {
  const all = samples.flatMap(({ scenarios }) => Object.values(scenarios));
  const runsWith = (test: (judged: readonly Judged[]) => boolean) =>
    proportion(samples.filter(({ scenarios }) => test(Object.values(scenarios))).length, samples.length);
  const names = [...new Set(samples.flatMap(({ scenarios }) => Object.keys(scenarios)))];
  return {
    runs: samples.length,
    decided: shareOf(all, isDecided),
    allDecided: runsWith((judged) => judged.every(isDecided)),
    falseRuns: runsWith((judged) => judged.some(isBelow)),
    falseScenarios: shareOf(all, isBelow),
    scenarios: names.map((name) =>
      cleanScenario(
        name,
        samples.flatMap(({ scenarios }) => scenarios[name] ?? []),
      ),
    ),
  };
}

function cleanScenario(name: string, all: readonly Judged[]): CleanScenario {
  const excluded = all.flatMap((judged) => excludedLoss(judged) ?? []);
  const margins = all.flatMap(({ comparisons }) => comparisons["throughput"]?.margin ?? []).map(lossOf);
  return {
    name,
    decided: shareOf(all, isDecided),
    below: shareOf(all, isBelow),
    byWork: all.filter((judged) => isDecided(judged) && judged.decidedBy === "work").length,
    excluded,
    excludedMedian: excluded.length === 0 ? undefined : median([...excluded]),
    marginMedian: margins.length === 0 ? undefined : median(margins),
  };
}

/** With `work`, throughput and p95 say too little beside others; everything else has to be within its margin. */
const TIME_ALONE = ["throughput", "p95 latency"];

/**
 * Returns the loss that a `meets` excludes: any larger one is outside the interval of the metric that decided, or of the
 * worst of those that decided together. Undefined for every other verdict.
 */
export function excludedLoss({ verdict, decidedBy, comparisons }: Judged): number | undefined {
  if (verdict !== "meets") return undefined;
  const deciding = Object.entries(comparisons).filter(([metric]) =>
    decidedBy === "work" ? !TIME_ALONE.includes(metric) : metric === "throughput",
  );
  if (deciding.length === 0) return undefined;
  return lossOf(Math.max(0, ...deciding.map(([, { low }]) => -low)));
}

function shareOf(all: readonly Judged[], test: (judged: Judged) => boolean): Proportion {
  return proportion(all.filter(test).length, all.length);
}
