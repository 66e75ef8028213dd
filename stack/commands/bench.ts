/** `bench` and `baseline record`: measure a running stack, and save the runs. */
import { addRun, baselineName, recordBaseline } from "../judge/baseline.ts";
import { fingerprintOfBaseline, type Baseline, type RecordedBaseline } from "../core/results/baseline.ts";
import type { Benched, Measured, Saved } from "../core/results/commands/bench.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { loadBaselines, saveBaseline } from "../records/files.ts";
import { differences } from "../judge/fingerprint.ts";
import { contradictions, lintBaseline } from "../judge/lint/lint-baseline.ts";
import { PlumblineError } from "../core/errors.ts";
import { isChange } from "../core/plan/action.ts";
import { planStack } from "../core/plan/plan.ts";
import { actionText } from "../core/plan/plan-text.ts";
import { takeLock } from "../host/lock.ts";
import { observeWanted, requireRunning, type ObservedStack } from "./request/observed-stack.ts";
import { BASELINES_FOLDER, measure, type MeasureOptions } from "../measure/measure.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { requireEngine } from "./request/discovery.ts";

export interface BenchOptions extends StackOptions, Omit<MeasureOptions, "report" | "signal" | "renderer" | "command"> {
  /** Number of runs, one after the other. */
  readonly runs?: number;
}

export type BenchControls = Pick<MeasureOptions, "report" | "signal" | "renderer" | "command">;

/**
 * Measures while holding the stack's lock. Rejects with STACK_DOWN, WRONG_USAGE for an unknown service, INTERRUPTED.
 */
export async function benchStack(options: BenchOptions, controls: BenchControls): Promise<Benched> {
  const wanted = await readWanted(options);
  const found = await requireEngine(wanted);
  await requireRunning(wanted, found);
  const lock = await takeLock(wanted.folder.lock, "bench");
  try {
    const observed = await observeWanted(wanted, found, { withoutImage: "left out" });
    refuseUnknown(observed, options.services ?? []);
    const warnings = differencesOf(observed);
    for (const text of warnings) controls.report({ kind: "warning", text });
    const measured: Measured[] = [];
    for (let run = 0; run < (options.runs ?? 1); run += 1) {
      measured.push(await measure(observed, { ...options, ...controls }));
      // If a run is incomplete, later ones will be too, and a baseline accepts only complete runs.
      if (measured.every(({ run }) => !run.complete)) break;
    }
    return { stack: wanted.stack, profile: wanted.profileReference, measured, warnings };
  } finally {
    await lock.release();
  }
}

function refuseUnknown({ desired }: ObservedStack, services: readonly string[]): void {
  const names = desired.services.map(({ name }) => name);
  const unknown = services.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new PlumblineError("WRONG_USAGE", {
    what: `Nothing to measure under the name ${unknown.join(", ")}`,
    why: "no such service of the profile runs",
    fix: `Use some of: ${names.join(", ")}`,
  });
}

function differencesOf({ desired, observation }: ObservedStack): readonly string[] {
  return planStack(desired, observation)
    .actions.filter(isChange)
    .map((action) => `not as the profile says: ${actionText(action)}`);
}

/**
 * Saves runs as the baseline of their profile and machine. Runs under the same conditions are added to the existing
 * ones; otherwise they replace them. Incomplete runs are left out with a note. Rejects with BASELINE_INVALID if all are
 * incomplete, and if figures are impossible: saved, they would make every later verdict `baseline invalid`.
 */
export async function keepRuns(runs: readonly SmokeRun[], folder = BASELINES_FOLDER): Promise<Saved> {
  const whole = runs.filter(({ complete }) => complete);
  const { baseline, notes } = join(await loadBaselines(folder), whole.length === 0 ? runs : whole);
  refuseImpossible(baseline);
  const path = await saveBaseline(folder, baseline);
  return { baseline, path, notes: [...notes, ...leftOut(runs), ...doubts(baseline)] };
}

/** Returns suspicious findings: possible, but not ordinary, so worth checking while the machine is at hand. */
function doubts(baseline: RecordedBaseline): readonly string[] {
  const found = lintBaseline(baseline).filter(({ severity }) => severity === "suspicious");
  return found.map(({ place, says }) => `suspicious: ${place}: ${says}`);
}

function leftOut(runs: readonly SmokeRun[]): readonly string[] {
  return runs.flatMap(({ complete, warnings }, index) =>
    complete ? [] : [`run ${index + 1} is not in it: ${warnings.join("; ") || "it is incomplete"}`],
  );
}

function refuseImpossible(baseline: RecordedBaseline): void {
  const found = contradictions(baseline);
  if (found.length === 0) return;
  throw new PlumblineError("BASELINE_INVALID", {
    what: "The figures cannot be kept as a baseline",
    why: found.map(({ place, says }) => `${place}: ${says}`).join("\n"),
    fix: "Find out why they cannot be true, and measure again; every later run would be judged by them.",
    details: { findings: found },
  });
}

function join(all: readonly Baseline[], runs: readonly SmokeRun[]): Omit<Saved, "path"> {
  const fresh = recordBaseline(runs);
  const [first] = fresh.runs;
  const name = first ? baselineName(first.profile, first.fingerprint) : fresh.name;
  const known = all.filter((baseline) => baseline.kind === "recorded").find((baseline) => baseline.name === name);
  if (!known || !first) return { baseline: fresh, notes: [] };
  const changed = differences(first.fingerprint, fingerprintOfBaseline(known)).filter(({ breaks }) => breaks);
  if (changed.length > 0) {
    const what = changed.map(({ field, now, baseline }) => `${field} was ${baseline} and is ${now}`).join(", ");
    return { baseline: fresh, notes: [`the baseline that was there is replaced: ${what}`] };
  }
  const baseline = fresh.runs.reduce(addRun, known);
  return { baseline, notes: [`added to the ${known.runs.length} runs that were there`] };
}
