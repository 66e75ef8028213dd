/** What the last screen of `up`, `switch` and `verify` shows of a run. Pure. */
import { METHOD } from "../../core/results/measurement.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import type { RunScreen } from "../../core/results/report-input.ts";
import type { ScenarioVerdict } from "../../core/results/verdict.ts";
import { printable } from "../../core/printable.ts";
import { causeWord, openText } from "../text/words.ts";
import { wrapped } from "../text/wrap.ts";
import { headline } from "./headline.ts";
import { worstFirst } from "./results.ts";
import { scenarioTable } from "./scenario-text.ts";

const INDENT = "  ";

export function runScreen({ run, verdict }: ResultsDocument): RunScreen {
  const first = verdict?.verdict === "no baseline" && run.fingerprint.method === METHOD ? [FIRST_RUN] : [];
  const failed = run.scenarios.flatMap((scenario) =>
    scenario.status === "failed" || scenario.status === "unsteady"
      ? [wrapped(`${scenario.name}: ${scenario.status}: ${scenario.reason}`, INDENT)]
      : [],
  );
  const judged = worstFirst(verdict?.scenarios ?? []).flatMap(findingOf);
  return {
    head: printable(headline(run, verdict)),
    scenarios: printable(scenarioTable(run, verdict)).split("\n"),
    findings: [...first, ...(verdict?.verdict === "no baseline" ? failed : judged)].map(printable),
  };
}

const FIRST_RUN =
  "This profile has no baseline on this machine yet. If these figures are right, record them:\n  npm run baseline -- record";

/** The reason of an undecided scenario names its cause already. */
function findingOf(judged: ScenarioVerdict): readonly string[] {
  const { name, verdict, reason, cause } = judged;
  if (verdict === "meets" || verdict === "no baseline" || verdict === "not measured") return [];
  const named = cause && !reason.includes(cause.kind);
  const why = named ? [wrapped(`${INDENT}${causeWord(verdict)}: ${cause.kind}: ${cause.evidence}`, "    ")] : [];
  const next = cause ? [`${INDENT}next: ${cause.next}`] : [];
  const open = openText(judged);
  const lines = [wrapped(`${name}: ${verdict}: ${reason}`, INDENT), ...why, ...next];
  return [[...lines, ...(open === undefined ? [] : [`${INDENT}${open}`])].join("\n")];
}
