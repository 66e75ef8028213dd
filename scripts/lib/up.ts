/** What `up`, `switch` and `verify` have in common: flags, the run, and the exit code of the verdict. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { z } from "zod";
import { EXIT, PlumblineError, type ExitCode } from "../../stack/core/errors.ts";
import { measure, type Measured } from "../../stack/effects/measure.ts";
import { up, type UpStack } from "../../stack/effects/up.ts";
import { upDocumentOf, upText, type UpReport } from "../../stack/report/up.ts";
import type { CommandResult, Context } from "./command.ts";

const flagsSchema = z.object({
  bench: z.boolean(),
  provision: z.boolean(),
  images: z.enum(["auto", "registry", "debian"]).optional(),
  ca: z.string().optional(),
  only: z.string().optional(),
});

export type UpFlags = z.infer<typeof flagsSchema>;

export function upFlags(command: Command): Command {
  return command
    .option("--no-bench", "skip the smoke benchmarks")
    .option("--no-provision", "install nothing: fail with what is missing")
    .addOption(new Option("--images <policy>", "where images come from").choices(["auto", "registry", "debian"]))
    .option("--ca <file>", "CA certificates that image builds shall trust; PLUMBLINE_CA_BUNDLE names it too")
    .option("--only <services>", "only these services, separated by commas, and what they require");
}

export function parseUpFlags(raw: Readonly<Record<string, unknown>>): UpFlags {
  const parsed = flagsSchema.safeParse(raw);
  if (!parsed.success) throw new InvalidArgumentError(z.prettifyError(parsed.error));
  return parsed.data;
}

export async function runUp(command: string, context: Context<UpFlags>): Promise<CommandResult> {
  const { flags, args, strict, report, signal, done, confirm, coloured } = context;
  const [profile] = args;
  // NODE_EXTRA_CA_CERTS is how Node is told of a company's certificates; what this process needs, the builds need too.
  const ca = flags.ca ?? process.env["PLUMBLINE_CA_BUNDLE"] ?? process.env["NODE_EXTRA_CA_CERTS"];
  const options = {
    ...context.stack,
    ...(profile === undefined ? {} : { profile }),
    provision: flags.provision,
    confirm,
    ...(flags.images ? { images: flags.images } : {}),
    ...(ca ? { caBundle: ca } : {}),
    ...(flags.only ? { only: flags.only.split(",").map((name) => name.trim()) } : {}),
  };
  const startedAt = performance.now();
  const { stack, result } = await up(options, { report, signal, done }, async (running) => {
    if (!flags.bench) return undefined;
    report({ kind: "step-started", id: "phase:smoke", title: "smoke benchmarks" });
    const measured = await measure(running, { report, signal });
    report({ kind: "step-done", id: "phase:smoke" });
    return measured;
  });
  return present({ command, stack, measured: result, strict, coloured, elapsedMs: performance.now() - startedAt });
}

interface Presented {
  readonly command: string;
  readonly stack: UpStack;
  readonly measured: Measured | undefined;
  readonly strict: boolean;
  readonly coloured: boolean;
  readonly elapsedMs: number;
}

function present({ command, stack, measured, strict, coloured, elapsedMs }: Presented): CommandResult {
  if (measured?.verdict.verdict === "failed") throw benchFailed(measured);
  const exitCode = exitCodeOf(stack, measured, strict);
  const spent = stack.phases.reduce((total, { durationMs }) => total + durationMs, 0);
  const smoke = measured ? [{ name: "smoke benchmarks", durationMs: Math.round(elapsedMs - spent) }] : [];
  const report: UpReport = {
    ...stack,
    command,
    phases: [...stack.phases, ...smoke],
    results: measured?.document,
    resultsText: measured?.text,
    files: measured?.files ?? [],
    exitCode,
  };
  return { document: upDocumentOf(report), text: upText(report, coloured), exitCode };
}

/** 3 for what is below the baseline, 4 with --strict for what is incomplete; without --strict open questions pass. */
function exitCodeOf(stack: UpStack, measured: Measured | undefined, strict: boolean): ExitCode {
  const verdict = measured?.verdict.verdict;
  if (verdict === "below") return EXIT.belowBaseline;
  if (strict && stack.leftOut.length > 0) return EXIT.notConverged;
  if (strict && verdict !== undefined && verdict !== "meets") return EXIT.belowBaseline;
  return EXIT.ok;
}

function benchFailed({ verdict }: Measured): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: verdict.summary,
    why: verdict.scenarios
      .filter((each) => each.verdict === "failed")
      .map(({ name, reason }) => `${name}: ${reason}`)
      .join("\n"),
    fix: "The service refused its own benchmark: look at its log with `npm run logs`",
    details: { scenarios: verdict.scenarios },
  });
}
