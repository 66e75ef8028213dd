/** Verdicts for people: one sentence, and the meaning of the exit code. */
import { ERROR_CODES, EXIT, type ExitCode } from "../../core/errors.ts";
import type { ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";

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

/** "9 meet, 1 below, 2 inconclusive": the scenarios by verdict, in the order of their first appearance. */
export function countsText(scenarios: readonly ScenarioVerdict[]): string {
  const words = ["meets", "below", "failed", "inconclusive", "not comparable", "not measured"] as const;
  const counts = words.map((word) => ({ word, count: scenarios.filter(({ verdict }) => verdict === word).length }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word === "meets" && count > 1 ? "meet" : word}`)
    .join(", ");
}

/** "decided by time 8, by work 2"; undefined while nothing is decided. */
export function evidenceText(scenarios: readonly ScenarioVerdict[]): string | undefined {
  const [time, work] = (["time", "work"] as const).map(
    (evidence) => scenarios.filter(({ decidedBy }) => decidedBy === evidence).length,
  );
  const parts = [...(time ? [`${time} by time`] : []), ...(work ? [`${work} by work`] : [])];
  return parts.length === 0 ? undefined : `decided ${parts.join(", ")}`;
}

/** "meets by work", "below by time", "inconclusive". */
export function decidedText({ verdict, decidedBy }: Pick<ScenarioVerdict, "verdict" | "decidedBy">): string {
  return decidedBy === undefined ? verdict : `${verdict} by ${decidedBy}`;
}

/** A loss that is shown has a likely cause, one that only the estimate shows a probable one. */
export function causeWord(verdict: ScenarioVerdict["verdict"]): "likely cause" | "probable cause" {
  return verdict === "inconclusive" ? "probable cause" : "likely cause";
}

/** What would decide an open question; undefined if nothing would, or if there is none. */
export function openText({
  blocksNeeded,
  decidedInS,
}: Pick<ScenarioVerdict, "blocksNeeded" | "decidedInS">): string | undefined {
  if (decidedInS !== undefined) {
    return `about ${Math.ceil(decidedInS)} s more of measuring would decide (--until-decided)`;
  }
  return blocksNeeded === undefined ? undefined : `about ${blocksNeeded} blocks would decide: give the run more time`;
}

/** The parts of a verdict that decide the exit code. */
export type Judged = Pick<VerdictReport, "verdict" | "machine">;

/**
 * Returns the exit code of a measuring command: 3 if the stack is `below`. With --strict also for open questions, and
 * for a machine that is not as at the baseline.
 */
export function exitCodeOf({ verdict, machine }: Judged, strict: boolean): ExitCode {
  switch (verdict) {
    case "meets":
      return strict && machine !== undefined && machine.state !== "as at the baseline" ? EXIT.belowBaseline : EXIT.ok;
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
export function exitText(verdict: Judged): string {
  const [usual, strict] = [exitCodeOf(verdict, false), exitCodeOf(verdict, true)];
  return usual === strict ? `exit code ${usual}` : `exit code ${usual}, with --strict ${strict}`;
}

function is(named: readonly string[]): string {
  return named.length === 1 ? "is" : "are";
}
