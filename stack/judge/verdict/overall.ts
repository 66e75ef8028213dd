/** The verdict of a run from those of its scenarios. */
import type { ScenarioResult } from "../../core/results/measurement.ts";
import type { Outcome, ScenarioVerdict } from "../../core/results/verdict.ts";

/** The run gets the worst verdict of its scenarios; `meets` only if every scenario meets. */
export function overall(scenarios: readonly ScenarioVerdict[]): {
  readonly verdict: Outcome;
  readonly summary: string;
} {
  const named = (outcome: ScenarioVerdict["verdict"]) => scenarios.filter(({ verdict }) => verdict === outcome);
  const total = scenarios.length;
  const order = ["failed", "below", "baseline invalid", "inconclusive", "no baseline", "not comparable"] as const;
  const worst = order.find((outcome) => named(outcome).length > 0);
  if (worst !== undefined) {
    const names = named(worst).map(({ name }) => name);
    const some = names.length === total ? `all ${total} scenarios` : `${names.join(", ")} (of ${total} scenarios)`;
    const causes = [...new Set(named(worst).flatMap(({ cause }) => cause?.kind ?? []))];
    const why = causes.length === 0 ? "" : `; likely cause: ${causes.join(", ")}`;
    return { verdict: worst, summary: `${worst}: ${some}${why}` };
  }
  if (named("meets").length === 0 || named("not measured").length > 0) {
    return {
      verdict: "inconclusive",
      summary: `inconclusive: ${named("not measured").length} of ${total} scenarios were not measured`,
    };
  }
  return { verdict: "meets", summary: `meets: all ${total} scenarios are within the margin of the baseline` };
}

/** Returns the verdict of a scenario that is not compared. One without figures gets its own state, whatever the baseline. */
export function plain(scenario: ScenarioResult, verdict: ScenarioVerdict["verdict"], reason: string): ScenarioVerdict {
  const head = { name: scenario.name, comparisons: [], open: false };
  switch (scenario.status) {
    case "failed":
      return { ...head, verdict: "failed", reason: scenario.reason };
    case "skipped":
      return { ...head, verdict: "not measured", reason: scenario.reason };
    case "unsteady":
      return { ...head, verdict: unsteadyVerdict(verdict), reason: `unsteady: ${scenario.reason}`, open: true };
    case "measured":
      return { ...head, verdict, reason };
  }
}

/** Without figures nothing can be compared. This matters only if there is a baseline to compare with. */
function unsteadyVerdict(verdict: ScenarioVerdict["verdict"]): ScenarioVerdict["verdict"] {
  return verdict === "no baseline" || verdict === "baseline invalid" ? verdict : "inconclusive";
}
