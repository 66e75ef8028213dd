/** Baselines: recorded runs that later ones are compared with, and published figures that are only shown. */
import { z } from "zod";
import { PlumblineError } from "../core/errors.ts";
import type { Calibration } from "../core/results/calibration.ts";
import { runSchema, type Fingerprint, type MeasuredScenario, type SmokeRun } from "../core/results/measurement.ts";
import { differences, slugOf, type Difference } from "./fingerprint.ts";
import { referenceSchema, type ReferenceBaseline, type ReferenceRow } from "../core/results/reference.ts";

const recordedSchema = z.strictObject({
  $schema: z.string().optional(),
  kind: z.literal("recorded"),
  version: z.literal(1),
  name: z.string().min(1),
  /** ISO 8601, UTC. */
  recordedAt: z.string(),
  profile: z.string(),
  /** Runs on one machine with one fingerprint. From three on, their variation is the machine's own and sets the margin. */
  runs: z.array(runSchema).min(1),
});

export const baselineSchema = z.discriminatedUnion("kind", [recordedSchema, referenceSchema]);

export type RecordedBaseline = z.infer<typeof recordedSchema>;
export type Baseline = z.infer<typeof baselineSchema>;

/** The JSON Schema of a baseline file, for `profiles/baselines/baseline.schema.json`. */
export function baselineJsonSchema(): unknown {
  return { title: "Plumbline baseline", ...z.toJSONSchema(baselineSchema, { target: "draft-2020-12" }) };
}

/** "dev-x64-4cpu-8gib-1a2b3c4d": the name of the baseline that belongs to a profile on a machine. */
export function baselineName(profile: string, fingerprint: Fingerprint): string {
  return `${profile}-${slugOf(fingerprint)}`;
}

/**
 * Makes a baseline of one or more runs. Failed scenarios are left out. Throws BASELINE_INVALID when a run is incomplete,
 * when runs were taken under different conditions, or when nothing was measured.
 */
export function recordBaseline(runs: readonly SmokeRun[], name?: string): RecordedBaseline {
  const [first] = runs;
  if (first === undefined) throw invalid("there is no run to record", "Run `npm run baseline -- record`.");
  for (const run of runs) {
    if (!run.complete) {
      throw invalid(
        `a run is incomplete: ${run.warnings.join("; ") || "it was interrupted"}`,
        "Give each run more time with `--duration <seconds>`, or in the profile (verification.budget), and record again.",
      );
    }
    const [difference] = differences(run.fingerprint, first.fingerprint).filter(({ breaks }) => breaks);
    if (difference !== undefined) {
      throw invalid(
        `its runs differ in ${difference.field}: ${difference.now}, ${difference.baseline}`,
        "Record a baseline of its own for each condition.",
      );
    }
  }
  const measured = runs.map((run) => ({ ...run, scenarios: run.scenarios.filter(isMeasured) }));
  if (measured.some(({ scenarios }) => scenarios.length === 0)) {
    throw invalid("no scenario was measured", "Look at the failures with `npm run bench`, and record again.");
  }
  return {
    $schema: "./baseline.schema.json",
    kind: "recorded",
    version: 1,
    name: name ?? baselineName(first.profile, first.fingerprint),
    recordedAt: first.startedAt,
    profile: first.profile,
    runs: measured,
  };
}

/** The same baseline with one run more. Throws as `recordBaseline` does. */
export function addRun(baseline: RecordedBaseline, run: SmokeRun): RecordedBaseline {
  return { ...recordBaseline([...baseline.runs, run], baseline.name), recordedAt: baseline.recordedAt };
}

/** The fingerprint that all runs of a baseline share, apart from what only warns. */
export function fingerprintOfBaseline(baseline: RecordedBaseline): Fingerprint {
  return firstRun(baseline).fingerprint;
}

/** The run whose fingerprint and calibration stand for the baseline. */
export function firstRun(baseline: RecordedBaseline): SmokeRun {
  const [run] = baseline.runs;
  if (run === undefined) throw invalid(`${baseline.name} holds no run`, "Record it again.");
  return run;
}

/** A scenario in each run of a baseline that measured it. */
export function scenarioRuns(baseline: RecordedBaseline, name: string): readonly MeasuredScenario[] {
  return baseline.runs.flatMap(({ scenarios }) => scenarios.filter(isMeasured).filter((found) => found.name === name));
}

export interface Choice {
  readonly baseline: RecordedBaseline | undefined;
  /** Baselines of the same profile that were taken under other conditions, with what differs. */
  readonly others: readonly { readonly name: string; readonly differences: readonly Difference[] }[];
}

/**
 * Chooses among all baselines by profile and fingerprint: the one with nothing that breaks comparison; else the one of
 * the same machine, so that the verdict can say what changed (`not comparable`); else the latest of other hardware from
 * whose calibration expectations can be predicted; else none.
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

/** What a published source says of a scenario; several rows where it measured it in several ways. */
export function referenceRows(references: readonly ReferenceBaseline[], scenario: string): readonly ReferenceRow[] {
  return references.flatMap(({ rows }) => rows.filter((row) => row.scenarios.includes(scenario)));
}

/** A scenario that has figures. */
export function isMeasured(scenario: { readonly status: string }): scenario is MeasuredScenario {
  return scenario.status === "measured";
}

function hasInside(calibration: Calibration | undefined): boolean {
  return calibration?.inside !== undefined;
}

function invalid(why: string, fix: string): PlumblineError {
  return new PlumblineError("BASELINE_INVALID", { what: "The baseline cannot be used", why, fix });
}
