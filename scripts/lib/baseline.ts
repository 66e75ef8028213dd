/** The actions of `baseline`. */
import type { RecordedBaseline } from "../../stack/bench/baseline.ts";
import { compareBaselines } from "../../stack/bench/compare.ts";
import { loadBaseline, loadBaselines } from "../../stack/bench/files.ts";
import { PlumblineError } from "../../stack/core/errors.ts";
import { benchStack, keepRuns } from "../../stack/effects/bench.ts";
import { BASELINES_FOLDER } from "../../stack/effects/measure.ts";
import { readWanted } from "../../stack/effects/session.ts";
import {
  baselineList,
  baselineRecorded,
  baselinesCompared,
  baselineShown,
  type BaselineReport,
} from "../../stack/report/bench.ts";
import type { Context } from "./command.ts";

export const BASELINE_ACTIONS = ["record", "list", "show", "compare"] as const;

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
    case undefined:
      throw usage(`There is no action ${action ?? ""}`, `Use one of: ${BASELINE_ACTIONS.join(", ")}`);
  }
}

async function record({ stack, flags, report, signal }: Context<Flags>): Promise<BaselineReport> {
  const budget = flags.duration === undefined ? {} : { budgetS: flags.duration };
  const options = { ...stack, ...budget, runs: flags.runs, thorough: true };
  const { measured } = await benchStack(options, { report, signal });
  return baselineRecorded(await keepRuns(measured.map(({ run }) => run)));
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

async function recorded(name: string): Promise<RecordedBaseline> {
  const baseline = await loadBaseline(BASELINES_FOLDER, name);
  if (baseline.kind === "recorded") return baseline;
  throw usage(
    `${name} is a published reference: it has no distributions to compare`,
    "Name a recorded one: npm run baseline -- list",
  );
}

function usage(what: string, fix: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", { what, why: "the command line was not understood", fix });
}
