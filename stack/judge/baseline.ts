/** Baselines: recorded runs that later runs are compared with, and published reference figures that are only shown. */
import {
  type RecordedBaseline,
  baselineInvalid,
  isMeasured,
  type Baseline,
  fingerprintOfBaseline,
  firstRun,
} from "../core/results/baseline.ts";
import type { Calibration } from "../core/results/calibration.ts";
import { type Fingerprint, type SmokeRun } from "../core/results/measurement.ts";
import { disturbedRuns, marksOf, withMarks } from "./baselines/usable.ts";
import { learnControls } from "./controls/learn.ts";
import { differences, slugOf } from "./fingerprint.ts";
import { type Difference } from "../core/results/comparison.ts";

/** Returns the name of the baseline of a profile on a machine: "dev-x64-4cpu-8gib-1a2b3c4d". */
export function baselineName(profile: string, fingerprint: Fingerprint): string {
  return `${profile}-${slugOf(fingerprint)}`;
}

/**
 * Makes a baseline of one or more runs. Failed scenarios are left out. Throws BASELINE_INVALID when a run is incomplete,
 * when runs were taken under different conditions, or when nothing was measured.
 */
export function recordBaseline(runs: readonly SmokeRun[], name?: string): RecordedBaseline {
  const [first] = runs;
  if (first === undefined) throw baselineInvalid("there is no run to record", "Run `npm run baseline -- record`.");
  for (const run of runs) {
    if (!run.complete) {
      throw baselineInvalid(
        `a run is incomplete: ${run.warnings.join("; ") || "it was interrupted"}`,
        "Give each run more time with `--duration <seconds>`, or in the profile (verification.budget), and record again.",
      );
    }
    const [difference] = differences(run.fingerprint, first.fingerprint).filter(({ breaks }) => breaks);
    if (difference !== undefined) {
      throw baselineInvalid(
        `its runs differ in ${difference.field}: ${difference.now}, ${difference.baseline}`,
        "Record a baseline of its own for each condition.",
      );
    }
  }
  const measured = runs.map((run) => ({ ...run, scenarios: run.scenarios.filter(isMeasured) }));
  if (measured.some(({ scenarios }) => scenarios.length === 0)) {
    throw baselineInvalid("no scenario was measured", "Look at the failures with `npm run bench`, and record again.");
  }
  const controls = learnControls(measured);
  return {
    $schema: "./baseline.schema.json",
    kind: "recorded",
    version: 1,
    name: name ?? baselineName(first.profile, first.fingerprint),
    recordedAt: first.startedAt,
    profile: first.profile,
    runs: measured,
    disturbed: [...marksOf(measured)],
    ...(controls && { controls }),
  };
}

/**
 * Returns the baseline with the runs at these places only, in their order, and their marks. Throws as `recordBaseline`
 * does.
 */
export function withRuns(baseline: RecordedBaseline, places: readonly number[]): RecordedBaseline {
  const runs = places.flatMap((place) => baseline.runs[place] ?? []);
  const marks = disturbedRuns(baseline).flatMap(({ run, why }) =>
    places.includes(run) ? [{ run: places.indexOf(run), why }] : [],
  );
  return withMarks({ ...recordBaseline(runs, baseline.name), recordedAt: baseline.recordedAt }, marks);
}

export interface Choice {
  readonly baseline: RecordedBaseline | undefined;
  /** Baselines of the same profile that were recorded under other conditions, with what differs. */
  readonly others: readonly { readonly name: string; readonly differences: readonly Difference[] }[];
}

/**
 * Chooses a baseline by profile and fingerprint. In order of preference: one whose conditions allow comparison; one of
 * the same machine, so that the verdict can say what changed (`not comparable`); the latest one of other hardware whose
 * calibration allows a prediction; none.
 */
export function chooseBaseline(all: readonly Baseline[], profile: string, now: Fingerprint): Choice {
  const candidates = all
    .filter((baseline) => baseline.kind === "recorded")
    .filter((baseline) => baseline.profile === profile)
    .map((baseline) => ({ baseline, found: differences(now, fingerprintOfBaseline(baseline)) }))
    .toSorted((left, right) => (left.baseline.recordedAt < right.baseline.recordedAt ? 1 : -1));
  const chosen =
    candidates.find(({ found }) => found.every(({ breaks }) => !breaks)) ??
    candidates.find(({ baseline }) => slugOf(fingerprintOfBaseline(baseline)) === slugOf(now)) ??
    candidates.find(
      ({ baseline, found }) =>
        found.every(({ breaks, hardware }) => !breaks || hardware === true) &&
        hasInside(firstRun(baseline).calibration),
    );
  const others = candidates
    .filter((candidate) => candidate !== chosen)
    .map(({ baseline, found }) => ({ name: baseline.name, differences: found.filter(({ breaks }) => breaks) }));
  return { baseline: chosen?.baseline, others };
}

function hasInside(calibration: Calibration | undefined): boolean {
  return calibration?.inside !== undefined;
}
