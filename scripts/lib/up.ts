/** What `up`, `switch` and `verify` have in common: flags, the run, and the exit code of the verdict. */
import { resultsRenderer } from "../../stack/report/measurement/renderer.ts";
import { Option, type Command } from "commander";
import { z } from "zod";
import { EXIT, type ExitCode } from "../../stack/core/errors.ts";
import type { Measured } from "../../stack/measure/measure.ts";
import { up, type UpStack } from "../../stack/commands/up.ts";
import type { UpOptions } from "../../stack/commands/request/up-options.ts";
import { upDocumentOf, upText, type UpReport } from "../../stack/report/screens/up.ts";
import type { CommandResult, Context } from "./command.ts";
import { names, parseWith, withProfile } from "./flags.ts";
import { copiesOf, reportFields, reportFlags, type ReportFlags } from "./reports.ts";
import { verdictExit } from "./verdict.ts";

export const upFlagsSchema = z.object({
  bench: z.boolean(),
  provision: z.boolean(),
  images: z.enum(["auto", "registry", "debian"]).optional(),
  ca: z.string().optional(),
  only: names.optional(),
  ...reportFields,
});

export type UpFlags = z.infer<typeof upFlagsSchema>;

export function upFlags(command: Command): Command {
  return reportFlags(command)
    .option("--no-bench", "skip the smoke benchmarks")
    .option("--no-provision", "install nothing: fail with what is missing")
    .addOption(new Option("--images <policy>", "where images come from").choices(["auto", "registry", "debian"]))
    .option("--ca <file>", "CA certificates that image builds shall trust; PLUMBLINE_CA_BUNDLE names it too")
    .option("--only <services>", "only these services, separated by commas, and what they require");
}

export const parseUpFlags = parseWith(upFlagsSchema);

export async function runUp(context: Context<UpFlags>): Promise<CommandResult> {
  const { report, signal, done } = context;
  const run: Proved["run"] = (use) => up(upOptions("up", context), { report, signal, done }, use);
  return runProved(context, { command: "up", run });
}

/** The options of a run that brings a stack up, from its command line. */
export function upOptions(command: string, { flags, args, stack, confirm }: Context<UpFlags>): UpOptions {
  const [profile] = args;
  // NODE_EXTRA_CA_CERTS is how Node is told of a company's certificates; what this process needs, the builds need too.
  const ca = flags.ca ?? process.env["PLUMBLINE_CA_BUNDLE"] ?? process.env["NODE_EXTRA_CA_CERTS"];
  return {
    ...withProfile(stack, profile),
    provision: flags.provision,
    confirm,
    ...(flags.images ? { images: flags.images } : {}),
    ...(ca ? { caBundle: ca } : {}),
    ...(flags.only ? { only: flags.only } : {}),
    command,
  };
}

export interface Proved {
  readonly command: string;
  /** Makes sure of the stack, then hands it to the benchmarks, under the same lock. */
  readonly run: (use: (stack: UpStack) => Promise<Measured | undefined>) => Promise<{
    readonly stack: UpStack;
    readonly result: Measured | undefined;
  }>;
  /** How the report is told to people. */
  readonly text?: (report: UpReport, coloured: boolean) => string;
}

/** A stack that is proved, measured and reported. */
export async function runProved(
  { flags, report, signal, strict, coloured }: Context<ReportFlags & { readonly bench: boolean }>,
  { command, run, text = upText }: Proved,
): Promise<CommandResult> {
  const copies = await copiesOf(flags);
  const startedAt = performance.now();
  let comparison: UpReport["comparison"];
  const { stack, result: measured } = await run(async (running) => {
    if (!flags.bench) return undefined;
    const { measure, lastRun, changeReport } = await loadBenchmarks();
    const before = await lastRun(running.wanted.folder.results);
    const result = await measure(running, { report, signal, renderer: resultsRenderer, command, copies });
    comparison = changeReport(before, result.run);
    return result;
  });
  const exitCode = exitCodeOf(stack, measured, strict);
  const spent = stack.phases.reduce((total, { durationMs }) => total + durationMs, 0);
  const smokeMs = Math.round(performance.now() - startedAt - spent);
  const proved: UpReport = {
    ...stack,
    command,
    phases: measured ? [...stack.phases, { name: "smoke benchmarks", durationMs: smokeMs }] : stack.phases,
    comparison,
    results: measured?.document,
    resultsText: measured?.text,
    files: [...(stack.trace ? [stack.trace.path] : []), ...(measured?.files ?? [])],
    exitCode,
  };
  return { document: upDocumentOf(proved), text: text(proved, coloured), exitCode };
}

/** Only runs that measure pay for loading them. */
async function loadBenchmarks() {
  const [{ measure }, { lastRun }, { changeReport }] = await Promise.all([
    import("../../stack/measure/measure.ts"),
    import("../../stack/records/last-run.ts"),
    import("../../stack/report/measurement/compared.ts"),
  ]);
  return { measure, lastRun, changeReport };
}

/** Being slow counts before being incomplete, which counts with --strict only. */
function exitCodeOf(stack: UpStack, measured: Measured | undefined, strict: boolean): ExitCode {
  const verdict = measured ? verdictExit(measured, false) : EXIT.ok;
  if (verdict !== EXIT.ok) return verdict;
  if (strict && stack.leftOut.length > 0) return EXIT.notConverged;
  return measured ? verdictExit(measured, strict) : EXIT.ok;
}
