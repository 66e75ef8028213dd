/** `verify`: one proof with measurements, or `--watch`. */
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { EXIT } from "../../stack/core/errors.ts";
import type { Drift } from "../../stack/core/results/commands/watch.ts";
import { verify, type VerifyOptions } from "../../stack/commands/verify.ts";
import { watchStack } from "../../stack/commands/watch.ts";
import { verifyDocumentOf, verifyText } from "../../stack/report/screens/up.ts";
import { driftText, watchDocumentOf, watchText } from "../../stack/report/screens/watch.ts";
import type { Context } from "./command.ts";
import type { CommandResult } from "./output.ts";
import { count, names, parseWith } from "./flags.ts";
import { reportFields, verboseFields } from "./reports.ts";
import { decideFields } from "./until-decided.ts";
import { runProved } from "./proved.ts";

const DEFAULT_INTERVAL_S = 5;

const parse = parseWith(
  z.object({
    bench: z.boolean(),
    only: names.optional(),
    watch: z.boolean().default(false),
    interval: count.max(3600).optional(),
    ...decideFields,
    ...reportFields,
    ...verboseFields,
  }),
);

export type VerifyFlags = ReturnType<typeof parse>;

export function parseVerifyFlags(raw: Readonly<Record<string, unknown>>): VerifyFlags {
  const flags = parse(raw);
  if (flags.interval !== undefined && !flags.watch) throw new InvalidArgumentError("--interval goes with --watch");
  if (flags.watch && (flags.junit ?? flags.markdown) !== undefined) {
    throw new InvalidArgumentError("--watch measures nothing that --junit or --markdown could hold");
  }
  if (flags.watch && flags.untilDecided !== undefined)
    throw new InvalidArgumentError("--watch measures nothing that --until-decided could decide");
  return flags;
}

export async function runVerify(context: Context<VerifyFlags>): Promise<CommandResult> {
  const { flags, report, signal } = context;
  const options = { ...context.options, ...(flags.only ? { only: flags.only } : {}) };
  if (flags.watch) return watch(options, context);
  return runProved(context, {
    command: "verify",
    run: (benchmarks) => verify(options, { report, signal }, benchmarks),
    document: verifyDocumentOf,
    text: verifyText,
  });
}

/**
 * Watches until a signal ends it, which is its normal end. With --json, differences are printed on stderr as they
 * appear.
 */
async function watch(
  options: VerifyOptions,
  { flags, report, signal, json }: Context<VerifyFlags>,
): Promise<CommandResult> {
  const intervalMs = (flags.interval ?? DEFAULT_INTERVAL_S) * 1000;
  const stream = json ? process.stderr : process.stdout;
  const drifted = (drift: Drift) => void stream.write(`${driftText(drift)}\n`);
  const watched = await watchStack({ ...options, intervalMs }, { report, signal, drifted });
  const exitCode = watched.differences.length === 0 ? EXIT.ok : EXIT.notConverged;
  return { document: watchDocumentOf(watched, exitCode), text: watchText(watched), exitCode };
}
