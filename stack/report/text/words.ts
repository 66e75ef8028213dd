/** Verdicts for people: one sentence, and the meaning of the exit code. */
import { ERROR_CODES, EXIT, type ExitCode } from "../../core/errors.ts";
import type { Outcome, ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";

/** Good: nothing to do. Bad: something is worse or broken. Open: nothing is shown either way. */
export type Tone = "good" | "bad" | "open";

export function toneOf(verdict: ScenarioVerdict["verdict"] | undefined): Tone {
  switch (verdict) {
    case "meets":
      return "good";
    case "below":
    case "failed":
    case "baseline invalid":
      return "bad";
    case "inconclusive":
    case "not comparable":
    case "no baseline":
    case "not measured":
    case undefined:
      return "open";
  }
}

/** Returns one sentence that names the profile. */
export function sentenceOf(verdict: VerdictReport | undefined, profile: string): string {
  if (verdict === undefined) return "There is no verdict: the run goes on, or was interrupted.";
  const { scenarios } = verdict;
  const named = scenarios.filter((each) => each.verdict === verdict.verdict).map(({ name }) => name);
  const some = `${named.length} of ${scenarios.length} ${scenarios.length === 1 ? "scenario" : "scenarios"}`;
  const all = named.length === scenarios.length && named.length > 1;
  const listed = all ? "" : `: ${named.join(", ")}`;
  switch (verdict.verdict) {
    case "meets":
      return `${scenarios.length === 1 ? "The only scenario is" : `All ${scenarios.length} scenarios are`} as fast as the baseline, within the margin.`;
    case "below":
      return `${some} ${is(named)} slower than the baseline, beyond the margin${listed}.`;
    case "failed":
      return `${some} failed${listed}.`;
    case "inconclusive":
      return named.length === 0
        ? `Of ${scenarios.length} scenarios, ${scenarios.filter((each) => each.verdict === "not measured").length} not measured.`
        : `${all ? `None of ${scenarios.length} scenarios could` : `${some} could not`} be decided${listed}.`;
    case "not comparable":
      return `${some} ${is(named)} not comparable with the baseline${listed}.`;
    case "no baseline":
      return `No baseline is recorded for the profile ${profile} on this machine.`;
    case "baseline invalid":
      return "The baseline contradicts itself, so that nothing can be judged by it.";
  }
}

/** Returns the exit code of a measuring command: 3 for `below`; open questions succeed without --strict. */
export function exitCodeOf(verdict: Outcome, strict: boolean): ExitCode {
  switch (verdict) {
    case "meets":
      return EXIT.ok;
    case "below":
      return EXIT.belowBaseline;
    case "inconclusive":
    case "not comparable":
    case "no baseline":
      return strict ? EXIT.belowBaseline : EXIT.ok;
    case "failed":
      return ERROR_CODES.BENCH_FAILED.exit;
    case "baseline invalid":
      return ERROR_CODES.BASELINE_INVALID.exit;
  }
}

/** "exit code 0, with --strict 3". */
export function exitText(verdict: Outcome): string {
  const [usual, strict] = [exitCodeOf(verdict, false), exitCodeOf(verdict, true)];
  return usual === strict ? `exit code ${usual}` : `exit code ${usual}, with --strict ${strict}`;
}

function is(named: readonly string[]): string {
  return named.length === 1 ? "is" : "are";
}
