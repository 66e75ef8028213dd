/** The actions of `baseline` that write: `record`, and `drop`, which takes runs out. */
import type { RecordedBaseline } from "../core/results/baseline.ts";
import type { BaselineResult } from "../core/results/commands/baseline.ts";
import { PlumblineError } from "../core/errors.ts";
import { withRuns } from "../judge/baseline.ts";
import { disturbedRuns } from "../judge/baselines/usable.ts";
import { BASELINES_FOLDER } from "../measure/measure.ts";
import { keepPrevious, loadBaseline, saveBaseline } from "../records/files.ts";
import { newest } from "./baseline.ts";
import { benchStack, type BenchControls, type BenchOptions } from "./bench.ts";
import { keepRuns, previousNote } from "./keep-runs.ts";
import type { StackOptions } from "./request/request.ts";

/** Measures as many runs as the options request, and saves them. Rejects as `bench` does, and with BASELINE_INVALID. */
export async function record(
  { add, ...options }: BenchOptions & { readonly add: boolean },
  controls: BenchControls,
): Promise<BaselineResult> {
  const { measured, noise } = await benchStack({ ...options, thorough: true }, controls);
  const saved = await keepRuns(
    measured.map(({ run }) => run),
    { add, noise },
  );
  return { action: "record", saved };
}

/**
 * Takes runs out of a baseline, counted from 1, or without numbers all that are marked. A name that is no number selects
 * the baseline; without one it is the latest of the stack's profile. Rejects with WRONG_USAGE for an unknown run, and if
 * no run or no other one would be left; BASELINE_UNKNOWN.
 */
export async function drop(
  options: StackOptions,
  names: readonly string[],
  folder = BASELINES_FOLDER,
): Promise<BaselineResult> {
  const [name, ...more] = names.filter((text) => !isNumber(text));
  if (more.length > 0) throw refused("`drop` takes one baseline", `${name} and ${more.join(", ")} were named`);
  const baseline = name === undefined ? await newest(options, folder) : await recordedOnly(folder, name);
  const marks = disturbedRuns(baseline);
  const numbers = new Set(names.filter(isNumber).map(Number));
  const chosen = numbers.size > 0 ? [...numbers] : marks.map(({ run }) => run + 1);
  refuseUnless(baseline, chosen);
  const left = baseline.runs.map((_, index) => index).filter((index) => !chosen.includes(index + 1));
  const smaller = withRuns(baseline, left);
  const previous = await keepPrevious(folder, baseline.name);
  const path = await saveBaseline(folder, smaller);
  const dropped = chosen.map((run) => ({
    run,
    why: marks.find((mark) => mark.run + 1 === run)?.why ?? "named on the command line",
  }));
  const notes = previous === undefined ? [] : [previousNote(previous)];
  return { action: "drop", saved: { baseline: smaller, path, notes }, dropped };
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

async function recordedOnly(folder: string, name: string): Promise<RecordedBaseline> {
  const baseline = await loadBaseline(folder, name);
  if (baseline.kind === "recorded") return baseline;
  throw refused(`${name} has no runs to drop`, "it is a published reference");
}

function refuseUnless({ name, runs }: RecordedBaseline, chosen: readonly number[]): void {
  const unknown = chosen.filter((run) => run < 1 || run > runs.length);
  if (unknown.length > 0) {
    throw refused(`${name} has no run ${unknown.join(", ")}`, `its runs are 1 to ${runs.length}`);
  }
  if (chosen.length === 0) {
    throw refused(`No run of ${name} is marked as disturbed`, "without numbers `drop` takes out those that are marked");
  }
  if (chosen.length === runs.length) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `All ${runs.length} runs of ${name} would be dropped`,
      why: "a baseline holds one run at least",
      fix: "Record it again, which replaces it: npm run baseline -- record",
    });
  }
}

function refused(what: string, why: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what,
    why,
    fix: "Name runs by their number in `npm run baseline -- show`: npm run baseline -- drop 2 3",
  });
}
