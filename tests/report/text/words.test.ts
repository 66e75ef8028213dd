import { describe, expect, test } from "vitest";
import { verdictExit } from "../../../scripts/lib/verdict.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import type { Outcome, VerdictReport } from "../../../stack/core/results/verdict.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { exitCodeOf, exitText, sentenceOf, toneOf } from "../../../stack/report/text/words.ts";
import { runOf } from "../../support/judge/runs.ts";
import { BUSY } from "../../support/report/two-part.ts";

const NO_SCREEN = { head: "", scenarios: [], findings: [] };

const OUTCOMES = [
  "meets",
  "below",
  "inconclusive",
  "not comparable",
  "baseline invalid",
  "failed",
  "no baseline",
] as const;

function verdictOf(verdict: Outcome, words: readonly VerdictReport["scenarios"][number]["verdict"][]): VerdictReport {
  const scenarios = words.map((word, index) => {
    return { name: `store/${index + 1}`, verdict: word, reason: "", comparisons: [], open: false };
  });
  return { verdict, summary: "", scenarios, warnings: [] };
}

/** As the commands end. */
function exitOf(verdict: VerdictReport, strict: boolean): number {
  const run = runOf([]);
  try {
    return verdictExit(
      { run, verdict, document: resultsDocument(run, verdict), text: "", screen: NO_SCREEN, files: [] },
      strict,
    );
  } catch (error) {
    if (error instanceof PlumblineError) return error.exitCode;
    throw error;
  }
}

describe("the exit code in a report", () => {
  test.for(OUTCOMES)("for %s must be the one that the command ends with", (outcome) => {
    for (const strict of [false, true]) {
      expect(exitCodeOf({ verdict: outcome }, strict)).toBe(exitOf(verdictOf(outcome, [outcome]), strict));
    }
  });

  test.for([
    ["as at the baseline", 0],
    ["busy", 3],
    ["slower", 3],
    ["faster", 3],
  ] as const)("of a stack that meets must be 0, and with --strict on a machine that is %s %i", ([state, code]) => {
    const machine = { ...BUSY, state };
    const verdict = { ...verdictOf("meets", ["meets"]), machine };
    expect(exitOf(verdict, false)).toBe(0);
    expect(exitOf(verdict, true)).toBe(code);
    expect(exitText(verdict)).toBe(code === 0 ? "exit code 0" : "exit code 0, with --strict 3");
  });

  test("of a stack that is below must be 3 whatever the machine does", () => {
    for (const state of ["as at the baseline", "busy"] as const) {
      const verdict = { ...verdictOf("below", ["below"]), machine: { ...BUSY, state } };
      expect([exitOf(verdict, false), exitOf(verdict, true)]).toEqual([3, 3]);
    }
  });

  test("must name --strict only where it changes something", () => {
    expect(exitText({ verdict: "below" })).toBe("exit code 3");
    expect(exitText({ verdict: "inconclusive" })).toBe("exit code 0, with --strict 3");
  });
});

describe("the sentence of a verdict", () => {
  test.for([
    ["meets", ["meets", "meets"], "All 2 scenarios are as fast as the baseline, within the margin."],
    ["below", ["meets", "below"], "1 of 2 scenarios is slower than the baseline, beyond the margin: store/2."],
    ["below", ["below", "below"], "2 of 2 scenarios are slower than the baseline, beyond the margin."],
    ["failed", ["failed", "below"], "1 of 2 scenarios failed: store/1."],
    ["inconclusive", ["inconclusive", "meets"], "1 of 2 scenarios could not be decided: store/1."],
    ["inconclusive", ["inconclusive", "inconclusive"], "None of 2 scenarios could be decided."],
    ["inconclusive", ["not measured", "meets"], "Of 2 scenarios, 1 not measured."],
    ["no baseline", ["no baseline"], "No baseline is recorded for the profile dev on this machine."],
    ["baseline invalid", ["baseline invalid"], "The baseline contradicts itself, so that nothing can be judged by it."],
  ] as const)("%s over %j must be: %s", ([verdict, scenarios, sentence]) => {
    expect(sentenceOf(verdictOf(verdict, scenarios), "dev")).toBe(sentence);
  });

  test("must say that there is none while the run goes on", () => {
    expect(sentenceOf(undefined, "dev")).toContain("no verdict");
    expect(toneOf(undefined)).toBe("open");
  });
});
