/** Which runs of a baseline are the expectation: those that nothing shows to be disturbed, if enough are left. Pure. */
import { mean, median } from "simple-statistics";
import { isMeasured, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import { withReadBlocks } from "../controls/read-blocks.ts";
import { lossOf } from "../stats/effect.ts";
import { THROUGHPUT } from "../verdict/metrics.ts";
import { noiseWarnings } from "./noise.ts";
import { deviationAround, disturbanceOf } from "./disturbance.ts";

/** A run that is marked, by its place in the baseline's runs, and why. */
export interface Mark {
  readonly run: number;
  readonly why: string;
}

/** A single run shows no variation between runs; disturbed ones at least show theirs. */
const UNDISTURBED_MINIMUM = 2;
/** Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: the usual limit for the modified z-score. */
const FAR_DEVIATIONS = 3.5;
/** With fewer runs the median absolute deviation is close to 0 by chance, and a run that only varies would seem far. */
const FAR_RUNS_MINIMUM = 5;

/** Marks the disturbed runs, and among the others those whose level is far from the rest. At most one mark per run. */
export function marksOf(runs: readonly SmokeRun[]): readonly Mark[] {
  const disturbed = runs.flatMap((run, index) => {
    const why = disturbanceOf(run);
    return why === undefined ? [] : [{ run: index, why }];
  });
  const places = new Set(disturbed.map(({ run }) => run));
  const others = runs.map((_, index) => index).filter((index) => !places.has(index));
  return [...disturbed, ...farFrom(others, runs)].toSorted((left, right) => left.run - right.run);
}

/** Returns the marks of the file, or those of its runs for a baseline that was recorded before runs were marked. */
export function disturbedRuns(baseline: RecordedBaseline): readonly Mark[] {
  const marks = baseline.disturbed ?? marksOf(baseline.runs);
  return marks.filter(({ run }) => run < baseline.runs.length);
}

/** Returns the baseline with further marks. A run that is marked already keeps its reason. */
export function withMarks(baseline: RecordedBaseline, marks: readonly Mark[]): RecordedBaseline {
  const byRun = new Map<number, Mark>();
  for (const mark of [...disturbedRuns(baseline), ...marks]) if (!byRun.has(mark.run)) byRun.set(mark.run, mark);
  return { ...baseline, disturbed: [...byRun.values()].toSorted((left, right) => left.run - right.run) };
}

export interface Usable {
  /** With the usable runs only, and without marks. */
  readonly baseline: RecordedBaseline;
  /** For people: how many runs are left out, and that the others are too noisy to show much. */
  readonly warnings: readonly string[];
}

/** Returns the baseline that runs are judged by: without disturbed runs if at least two undisturbed ones are left. */
export function usable(baseline: RecordedBaseline): Usable {
  const known = KNOWN.get(baseline);
  if (known !== undefined) return known;
  const found = withoutDisturbed(baseline);
  KNOWN.set(baseline, found);
  return found;
}

/** Cache. A run asks after every interim analysis, and a loaded baseline never changes. */
const KNOWN = new WeakMap<RecordedBaseline, Usable>();

function withoutDisturbed(recorded: RecordedBaseline): Usable {
  const read = recorded.runs.map(withReadBlocks);
  const baseline = read.every((run, index) => run === recorded.runs[index]) ? recorded : { ...recorded, runs: read };
  const places = new Set(disturbedRuns(baseline).map(({ run }) => run));
  const left = baseline.runs.filter((_, index) => !places.has(index));
  if (places.size === 0 || left.length < UNDISTURBED_MINIMUM) return { baseline, warnings: noiseWarnings(baseline) };
  const { length } = baseline.runs;
  const some = places.size === 1 ? "1 run is" : `${places.size} runs are`;
  const warning = `${some} left out of the baseline's ${length}: disturbed when recorded; \`npm run baseline -- show\` says why`;
  const used = { ...baseline, runs: left, disturbed: [] };
  return { baseline: used, warnings: [warning, ...noiseWarnings(used)] };
}

/** Compares the runs at `places` with each other. */
function farFrom(places: readonly number[], runs: readonly SmokeRun[]): readonly Mark[] {
  if (places.length < FAR_RUNS_MINIMUM) return [];
  const levels = levelsOf(places.flatMap((place) => runs[place] ?? []));
  const limit = FAR_DEVIATIONS * Math.max(THROUGHPUT.variation, deviationAround(levels));
  return places.flatMap((run, index) => {
    const distance = levels[index] ?? 0;
    if (Math.abs(distance) <= limit) return [];
    const amount = distance < 0 ? lossOf(-distance) : Math.expm1(distance);
    const words = `${Math.round(100 * amount)} % ${distance < 0 ? "below" : "above"}`;
    return [{ run, why: `its throughput is ${words} that of the other runs` }];
  });
}

/**
 * Level of each run on the log scale, relative to the middle run: the median over scenarios, so that one scenario that
 * differs is no level.
 */
function levelsOf(runs: readonly SmokeRun[]): readonly number[] {
  const byRun = runs.map(
    ({ scenarios }) =>
      new Map(scenarios.filter(isMeasured).map(({ name, blocks }) => [name, logMean(blocks)] as const)),
  );
  const names = new Set(byRun.flatMap((levels) => [...levels.keys()]));
  const middles = new Map([...names].map((name) => [name, median(byRun.flatMap((levels) => levels.get(name) ?? []))]));
  const relative = byRun.map((levels) => [...levels].map(([name, level]) => level - (middles.get(name) ?? level)));
  return relative.map((deviations) => (deviations.length === 0 ? 0 : median(deviations)));
}

function logMean(blocks: readonly { readonly throughput: number }[]): number {
  return mean(blocks.map(({ throughput }) => Math.log(throughput)));
}
