/** Shared by `up`, `switch` and `verify`: the benchmarks after the proof, and the exit code. */
import { EXIT, type ExitCode } from "../../stack/core/errors.ts";
import type { Smoke } from "../../stack/core/results/commands/bench.ts";
import type { Proved } from "../../stack/core/results/commands/up.ts";
import type { RunningStack, Used } from "../../stack/commands/request/running-stack.ts";
import { smoke } from "../../stack/commands/smoke.ts";
import type { Conclusion } from "../../stack/report/screens/up.ts";
import type { Context } from "./command.ts";
import type { CommandResult } from "./output.ts";
import { decideOptions, type DecideFlags } from "./until-decided.ts";
import { copiesOf, type ReportFlags } from "./reports.ts";
import { verdictExit } from "./verdict.ts";

export interface ProvedCommand<Result extends Proved> {
  /** The command's name in the history. */
  readonly command: string;
  /** Proves the stack, then passes it to the benchmarks under the same lock. */
  readonly run: (
    benchmarks: (running: RunningStack) => Promise<Smoke | undefined>,
  ) => Promise<Used<Result, Smoke | undefined>>;
  readonly document: (result: Result, conclusion: Conclusion) => unknown;
  readonly text: (result: Result, conclusion: Conclusion, coloured: boolean) => string;
}

/** Runs the command: proves the stack, measures it unless --no-bench is set, and reports. */
export async function runProved<Result extends Proved>(
  context: Context<ReportFlags & DecideFlags & { readonly bench: boolean; readonly verbose: boolean }>,
  { command, run, document, text }: ProvedCommand<Result>,
): Promise<CommandResult> {
  const { flags, report, signal, strict, coloured } = context;
  const copies = await copiesOf(flags);
  const decide = decideOptions(flags, context);
  const { result, used } = await run(async (running) => {
    if (!flags.bench) return undefined;
    const { resultsRenderer } = await import("../../stack/report/measurement/renderer.ts"); // 25 ms, with its histograms
    return smoke(running, { report, signal, renderer: resultsRenderer, command, copies, ...decide });
  });
  const exitCode = exitCodeOf(result, used, strict);
  const conclusion = { smoke: used, compared: await comparedIn(used), exitCode, isVerbose: flags.verbose };
  return { document: document(result, conclusion), text: text(result, conclusion, coloured), exitCode };
}

async function comparedIn(smoked: Smoke | undefined): Promise<Conclusion["compared"]> {
  if (!smoked?.comparison) return undefined;
  const { comparedReport } = await import("../../stack/report/measurement/compared.ts");
  return comparedReport(smoked.comparison);
}

/** `below` takes precedence over incomplete, which only counts with --strict. */
function exitCodeOf({ leftOut }: Proved, smoked: Smoke | undefined, strict: boolean): ExitCode {
  const verdict = smoked ? verdictExit(smoked.measured, false) : EXIT.ok;
  if (verdict !== EXIT.ok) return verdict;
  if (strict && leftOut.length > 0) return EXIT.notConverged;
  return smoked ? verdictExit(smoked.measured, strict) : EXIT.ok;
}
