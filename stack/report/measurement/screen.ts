/** What the last screen of `up`, `switch` and `verify` shows of a run. Pure. */
import { METHOD } from "../../core/results/measurement.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import type { RunScreen } from "../../core/results/report-input.ts";
import { printable } from "../../core/printable.ts";
import { wrapped } from "../text/wrap.ts";
import { headline } from "./headline.ts";
import { explainVerdict, worstFirst } from "./results.ts";
import { scenarioTable } from "./scenario-text.ts";

export function runScreen({ run, verdict }: ResultsDocument): RunScreen {
  const first = verdict?.verdict === "no baseline" && run.fingerprint.method === METHOD ? [FIRST_RUN] : [];
  const failed = run.scenarios.flatMap((scenario) =>
    scenario.status === "failed" || scenario.status === "unsteady"
      ? [wrapped(`${scenario.name}: ${scenario.status}: ${scenario.reason}`, "  ")]
      : [],
  );
  const judged = worstFirst(verdict?.scenarios ?? [])
    .map((scenario) => explainVerdict(scenario, true).join("\n"))
    .filter((text) => text !== "");
  return {
    head: printable(headline(run, verdict)),
    scenarios: printable(scenarioTable(run, verdict)).split("\n"),
    findings: [...first, ...(verdict?.verdict === "no baseline" ? failed : judged)].map(printable),
  };
}

const FIRST_RUN =
  "This profile has no baseline on this machine yet. If these figures are right, record them:\n  npm run baseline -- record";
