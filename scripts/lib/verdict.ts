/** The exit code of a verdict. */
import { PlumblineError, type ExitCode } from "../../stack/core/errors.ts";
import type { Measured } from "../../stack/core/results/commands/bench.ts";
import { exitCodeOf } from "../../stack/report/text/words.ts";

/**
 * Returns 3 if the stack is `below`. Open questions and another state of the machine succeed without --strict. Throws
 * BENCH_FAILED, BASELINE_INVALID.
 */
export function verdictExit({ verdict, files }: Measured, strict: boolean): ExitCode {
  if (verdict.verdict === "failed") throw benchFailed(verdict, files);
  if (verdict.verdict === "baseline invalid") throw baselineInvalid(verdict);
  return exitCodeOf(verdict, strict);
}

function benchFailed({ summary, scenarios }: Measured["verdict"], files: Measured["files"]): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: summary,
    why: reasons(scenarios, "failed"),
    fix: `Look at the log of the service with \`npm run logs\`; the figures of the others are in ${files.join(", ")}`,
    details: { scenarios, files },
  });
}

function baselineInvalid({ summary, scenarios, baseline }: Measured["verdict"]): PlumblineError {
  return new PlumblineError("BASELINE_INVALID", {
    what: summary,
    why: reasons(scenarios, "baseline invalid"),
    fix: `Delete the baseline ${baseline?.name ?? ""} and record it again: npm run baseline -- record`,
    details: { scenarios },
  });
}

function reasons(scenarios: Measured["verdict"]["scenarios"], verdict: string): string {
  return scenarios
    .filter((each) => each.verdict === verdict)
    .map(({ name, reason }) => `${name}: ${reason}`)
    .join("\n");
}
