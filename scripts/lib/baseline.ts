/** The actions of `baseline`. */
import { compare, history, lint, list, show } from "../../stack/commands/baseline.ts";
import { unlessAborted } from "../../stack/converge/execution/unless-aborted.ts";
import { drop, record } from "../../stack/commands/record.ts";
import { PlumblineError } from "../../stack/core/errors.ts";
import type { BaselineResult } from "../../stack/core/results/commands/baseline.ts";
import { failsLint } from "../../stack/judge/lint/lint-baseline.ts";
import { baselineDocumentOf } from "../../stack/report/measurement/baseline.ts";
import { findingsInShort, lintText } from "../../stack/report/measurement/lint.ts";
import { resultsRenderer } from "../../stack/report/measurement/renderer.ts";
import type { Context } from "./command.ts";
import { quietOptions } from "./quiet.ts";

export const BASELINE_ACTIONS = ["record", "drop", "list", "show", "compare", "lint", "history"] as const;

export interface BaselineFlags {
  readonly runs: number;
  readonly duration?: number | undefined;
  readonly anyway: boolean;
  readonly add: boolean;
  readonly wait?: number | undefined;
}

export async function baselineAction(context: Context<BaselineFlags>): Promise<BaselineResult> {
  const { options, flags, report, signal, args } = context;
  const [action, ...names] = args;
  switch (BASELINE_ACTIONS.find((known) => known === action)) {
    case "record": {
      if (names.length > 0) throw nameless("record", names);
      const budget = flags.duration === undefined ? {} : { budgetS: flags.duration };
      const controls = { report, signal, renderer: resultsRenderer, command: "baseline record" };
      const quiet = quietOptions(flags, context);
      return record({ ...options, ...budget, runs: flags.runs, add: flags.add, quiet }, controls);
    }
    case "drop":
      return drop(options, names);
    case "list":
      if (names.length > 0) throw nameless("list", names);
      return list();
    case "show":
      return show(options, names[0]);
    case "compare":
      return compare(names);
    case "history":
      return unlessAborted(history(options.stack, names), signal);
    case "lint":
      return passing(await lint(names), context);
    case undefined:
      throw new PlumblineError("WRONG_USAGE", {
        what: `There is no action ${action ?? ""}`,
        why: "the command line was not understood",
        fix: `Use one of: ${BASELINE_ACTIONS.join(", ")}`,
      });
  }
}

function nameless(action: string, names: readonly string[]): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: `\`baseline ${action}\` takes no name, and ${names.join(", ")} was given`,
    why: "a baseline is named after its profile and its machine, so that it is found where it fits",
    fix: `Leave it out: npm run baseline -- ${action}`,
  });
}

/** Throws BASELINE_INVALID for a recorded baseline that cannot be true; with --strict also for doubtful ones. */
function passing(
  result: BaselineResult & { readonly action: "lint" },
  { strict, json }: Context<BaselineFlags>,
): BaselineResult {
  const wrong = result.linted.filter(({ baseline, findings }) => failsLint(baseline, findings, strict));
  if (wrong.length === 0) return result;
  throw new PlumblineError("BASELINE_INVALID", {
    what: `${wrong.map(({ baseline }) => baseline.name).join(", ")} did not pass${strict ? " with --strict" : ""}`,
    // The JSON has every finding in its details.
    why: json ? findingsInShort(wrong) : lintText(result.linted),
    fix: wrong.some(({ baseline }) => baseline.kind === "recorded")
      ? "Delete the recorded baseline that is wrong, and record it again: npm run baseline -- record"
      : "A published reference cannot be measured again here: leave out --strict, or name only recorded baselines",
    details: { ...baselineDocumentOf(result).result },
  });
}
