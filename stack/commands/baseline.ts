/** `baseline`: recorded figures that later runs are compared with. Each action returns its findings. */
import { loadBaseline, loadBaselines } from "../records/files.ts";
import { stackFolder } from "../records/folder.ts";
import { readHistory } from "../records/history-file.ts";
import type { Baseline, RecordedBaseline } from "../core/results/baseline.ts";
import type { BaselineResult, LintedBaseline } from "../core/results/commands/baseline.ts";
import { PlumblineError } from "../core/errors.ts";
import { inTurns } from "../host/turns.ts";
import { historySeries } from "../judge/history.ts";
import { contradictions, lintBaseline } from "../judge/lint/lint-baseline.ts";
import { compareBaselines } from "../judge/verdict/compare.ts";
import { BASELINES_FOLDER } from "../measure/measure.ts";
import { loadToolFormats } from "../services/index.ts";
import { noiseWord, qualityOf } from "../judge/baselines/quality.ts";
import { readWanted, type StackOptions } from "./request/request.ts";

export async function list(): Promise<BaselineResult> {
  const baselines = (await loadBaselines(BASELINES_FOLDER)).map((baseline) => {
    const noise = baseline.kind === "recorded" ? noiseWord(baseline) : undefined;
    return { baseline, ...(noise === undefined ? {} : { noise }) };
  });
  return { action: "list", baselines };
}

/** Without a name: shows the stack's profile's latest baseline. Throws BASELINE_UNKNOWN. */
export async function show(options: StackOptions, name: string | undefined): Promise<BaselineResult> {
  const baseline = name === undefined ? await newest(options) : await load(name);
  return { action: "show", baseline, ...(baseline.kind === "recorded" ? { quality: qualityOf(baseline) } : {}) };
}

async function load(name: string): Promise<Baseline> {
  return loadBaseline(BASELINES_FOLDER, name);
}

/** Resolves the latest baseline of the stack's profile, of any machine. */
export async function newest(options: StackOptions, folder = BASELINES_FOLDER): Promise<RecordedBaseline> {
  const { profile } = await readWanted(options);
  const [found] = (await loadBaselines(folder))
    .filter((baseline) => baseline.kind === "recorded")
    .filter((baseline) => baseline.profile === profile.name)
    .toSorted((a, b) => (a.recordedAt < b.recordedAt ? 1 : -1));
  if (found) return found;
  throw new PlumblineError("BASELINE_UNKNOWN", {
    what: `No baseline is recorded for the profile ${profile.name}`,
    why: `${folder} has none; \`npm run baseline -- list\` shows those of other profiles`,
    fix: "Record one with `npm run baseline -- record`, or name one",
  });
}

/** Compares two baselines, the older and the newer. Throws WRONG_USAGE, BASELINE_UNKNOWN, BASELINE_INVALID. */
export async function compare([left, right, ...more]: readonly string[]): Promise<BaselineResult> {
  if (left === undefined || right === undefined || more.length > 0) {
    throw usage("`compare` needs two names", "npm run baseline -- compare <older> <newer>");
  }
  return { action: "compare", comparison: compareBaselines(await recorded(left), await recorded(right)) };
}

/** Resolves a recorded baseline by name. Throws WRONG_USAGE for a reference, BASELINE_INVALID for impossible figures. */
async function recorded(name: string): Promise<RecordedBaseline> {
  const baseline = await load(name);
  if (baseline.kind === "reference") {
    const why = "a published reference has no distributions to compare";
    throw usage(`${name} cannot be compared`, "Name a recorded one: npm run baseline -- list", why);
  }
  const [found] = contradictions(baseline);
  if (found === undefined) return baseline;
  throw new PlumblineError("BASELINE_INVALID", {
    what: `${name} cannot be true`,
    why: `${found.place}: ${found.says}`,
    fix: `See all with \`npm run baseline -- lint ${name}\`; delete it, and record it again`,
  });
}

/**
 * Resolves the history of all scenarios, or of the named ones. Reads only the stack's folder: nothing has to run.
 * Throws WRONG_USAGE.
 */
export async function history(stack: string, scenarios: readonly string[]): Promise<BaselineResult> {
  const { entries, skipped } = await readHistory(stackFolder(stack).results);
  const known = [...new Set(entries.flatMap((entry) => entry.scenarios.map(({ name }) => name)))].toSorted();
  const unknown = scenarios.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const fix = known.length === 0 ? "Measure first: npm run bench" : `Use some of: ${known.join(", ")}`;
    throw usage(`The history of the stack ${stack} has no scenario ${unknown.join(", ")}`, fix);
  }
  const series = await inTurns(historySeries(entries, scenarios.length === 0 ? undefined : scenarios));
  return { action: "history", stack, series, skipped };
}

/** Checks all baselines, or the named ones, and resolves their findings. Throws BASELINE_UNKNOWN. */
export async function lint(
  names: readonly string[],
): Promise<{ readonly action: "lint"; readonly linted: readonly LintedBaseline[] }> {
  const baselines = names.length === 0 ? await loadBaselines(BASELINES_FOLDER) : await Promise.all(names.map(load));
  const linted = baselines.map((baseline) => ({ baseline, findings: lintBaseline(baseline, loadToolFormats) }));
  return { action: "lint", linted };
}

function usage(what: string, fix: string, why = "the command line was not understood"): PlumblineError {
  return new PlumblineError("WRONG_USAGE", { what, why, fix });
}
