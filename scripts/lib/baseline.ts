/** The actions of `baseline`. */
import { resultsRenderer } from "../../stack/report/measurement/renderer.ts";
import type { RecordedBaseline } from "../../stack/core/results/baseline.ts";
import { compareBaselines } from "../../stack/judge/verdict/compare.ts";
import { loadBaseline, loadBaselines } from "../../stack/records/files.ts";
import { readHistory } from "../../stack/records/history-file.ts";
import { historySeries } from "../../stack/judge/history.ts";
import { contradictions, lintBaseline } from "../../stack/judge/lint/lint-baseline.ts";
import { PlumblineError } from "../../stack/core/errors.ts";
import { benchStack, keepRuns } from "../../stack/commands/bench.ts";
import { stackFolder } from "../../stack/records/folder.ts";
import { BASELINES_FOLDER } from "../../stack/measure/measure.ts";
import { readWanted } from "../../stack/commands/request/request.ts";
import {
  baselineList,
  baselineRecorded,
  baselinesCompared,
  baselineShown,
  historyShown,
  type BaselineReport,
} from "../../stack/report/measurement/bench.ts";
import { baselinesLinted, failsLint, findingsInShort } from "../../stack/report/measurement/lint.ts";
import { benchTools } from "../../stack/services/index.ts";
import type { Context } from "./command.ts";

export const BASELINE_ACTIONS = ["record", "list", "show", "compare", "lint", "history"] as const;

type Flags = { readonly runs: number; readonly duration?: number | undefined };

export async function baselineAction(context: Context<Flags>): Promise<BaselineReport> {
  const [action, ...names] = context.args;
  switch (BASELINE_ACTIONS.find((known) => known === action)) {
    case "record":
      return record(context);
    case "list":
      return baselineList(await loadBaselines(BASELINES_FOLDER));
    case "show":
      return baselineShown(await loadBaseline(BASELINES_FOLDER, names[0] ?? (await newest(context)).name));
    case "compare":
      return compare(names);
    case "history":
      return history(context.stack.stack, names);
    case "lint":
      return lint(names, context);
    case undefined:
      throw usage(`There is no action ${action ?? ""}`, `Use one of: ${BASELINE_ACTIONS.join(", ")}`);
  }
}

async function record({ stack, flags, report, signal }: Context<Flags>): Promise<BaselineReport> {
  const budget = flags.duration === undefined ? {} : { budgetS: flags.duration };
  const options = { ...stack, ...budget, runs: flags.runs, thorough: true };
  const { measured } = await benchStack(options, {
    report,
    signal,
    renderer: resultsRenderer,
    command: "baseline record",
  });
  return baselineRecorded(await keepRuns(measured.map(({ run }) => run)));
}

/** Reads the stack's folder alone: it answers also where nothing runs, and where the profile is gone. */
async function history(stack: string, names: readonly string[]): Promise<BaselineReport> {
  const found = await readHistory(stackFolder(stack).results);
  const series = historySeries(found.entries);
  const known = [...new Set(series.map(({ scenario }) => scenario))];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const fix = known.length === 0 ? "Measure first: npm run bench" : `Use some of: ${known.join(", ")}`;
    throw usage(`The history of the stack ${stack} has no scenario ${unknown.join(", ")}`, fix);
  }
  const shown = names.length === 0 ? series : series.filter(({ scenario }) => names.includes(scenario));
  return historyShown(stack, shown, found.skipped);
}

/** The one of the stack's profile that was recorded last, on whatever machine. */
async function newest({ stack }: Context<Flags>): Promise<RecordedBaseline> {
  const { profile } = await readWanted(stack);
  const [found] = (await loadBaselines(BASELINES_FOLDER))
    .filter((baseline) => baseline.kind === "recorded")
    .filter((baseline) => baseline.profile === profile.name)
    .toSorted((a, b) => (a.recordedAt < b.recordedAt ? 1 : -1));
  if (found) return found;
  throw new PlumblineError("BASELINE_UNKNOWN", {
    what: `No baseline is recorded for the profile ${profile.name}`,
    why: `${BASELINES_FOLDER} has none; \`npm run baseline -- list\` shows those of other profiles`,
    fix: "Record one with `npm run baseline -- record`, or name one",
  });
}

async function compare([left, right, ...more]: readonly string[]): Promise<BaselineReport> {
  if (left === undefined || right === undefined || more.length > 0) {
    throw usage("`compare` needs two names", "npm run baseline -- compare <older> <newer>");
  }
  return baselinesCompared(compareBaselines(await recorded(left), await recorded(right)));
}

/** Throws BASELINE_INVALID for a recorded baseline that cannot be true; with --strict for whatever is doubtful. */
async function lint(names: readonly string[], { strict, json }: Context<Flags>): Promise<BaselineReport> {
  const named = names.map((name) => loadBaseline(BASELINES_FOLDER, name));
  const baselines = names.length === 0 ? await loadBaselines(BASELINES_FOLDER) : await Promise.all(named);
  const linted = baselines.map((baseline) => ({ baseline, findings: lintBaseline(baseline, benchTools) }));
  const { result, text } = baselinesLinted(linted);
  const wrong = linted.filter(({ baseline, findings }) => failsLint(baseline, findings, strict));
  if (wrong.length === 0) return { result, text };
  throw new PlumblineError("BASELINE_INVALID", {
    what: `${wrong.map(({ baseline }) => baseline.name).join(", ")} did not pass${strict ? " with --strict" : ""}`,
    // The JSON has every finding in its details.
    why: json ? findingsInShort(wrong) : text,
    fix: wrong.some(({ baseline }) => baseline.kind === "recorded")
      ? "Delete the recorded baseline that is wrong, and record it again: npm run baseline -- record"
      : "A published reference cannot be measured again here: leave out --strict, or name only recorded baselines",
    details: { ...result },
  });
}

/** A recorded baseline that can be true, by its name. */
async function recorded(name: string): Promise<RecordedBaseline> {
  const baseline = await loadBaseline(BASELINES_FOLDER, name);
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

function usage(what: string, fix: string, why = "the command line was not understood"): PlumblineError {
  return new PlumblineError("WRONG_USAGE", { what, why, fix });
}
