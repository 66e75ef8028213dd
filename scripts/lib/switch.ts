/** What `switch` has in addition to `up`: the rollback. */
import { InvalidArgumentError, type Command } from "commander";
import { z } from "zod";
import { PlumblineError } from "../../stack/core/errors.ts";
import type { Measured } from "../../stack/core/results/commands/bench.ts";
import { switchStack } from "../../stack/commands/switch.ts";
import { switchText } from "../../stack/report/screens/switch.ts";
import { upDocumentOf } from "../../stack/report/screens/up.ts";
import type { Context } from "./command.ts";
import type { CommandResult } from "./output.ts";
import { parseWith } from "./flags.ts";
import { runProved } from "./proved.ts";
import { upFlags, upFlagsSchema, upOptions } from "./up.ts";

const flagsSchema = upFlagsSchema.extend({ keepFailed: z.boolean().default(false), guard: z.boolean().default(false) });

export type SwitchFlags = z.infer<typeof flagsSchema>;

export function switchFlags(command: Command): Command {
  return upFlags(command)
    .option("--guard", "go back when the new profile is measured below its baseline")
    .option("--keep-failed", "leave a switch that failed as it is, to be looked at");
}

const parse = parseWith(flagsSchema);

export function parseSwitchFlags(raw: Readonly<Record<string, unknown>>): SwitchFlags {
  const flags = parse(raw);
  if (flags.guard && !flags.bench) throw new InvalidArgumentError("--guard needs the benchmarks that --no-bench skips");
  if (flags.refresh) throw new InvalidArgumentError(REFRESH);
  return flags;
}

/** A switch that fails puts the profile before back, which must run on the images before. */
const REFRESH =
  "a switch does not renew images, because it may have to put back what runs: `npm run switch -- <profile>`, then `npm run up -- --refresh`";

export async function runSwitch(context: Context<SwitchFlags>): Promise<CommandResult> {
  const { flags, report, signal, done } = context;
  const options = { ...upOptions("switch", context), keepFailed: flags.keepFailed };
  return runProved(context, {
    command: "switch",
    run: (benchmarks) =>
      switchStack(options, { report, signal, done }, async (running) => {
        const smoked = await benchmarks(running);
        if (flags.guard && smoked) refuseBelow(smoked.measured);
        return smoked;
      }),
    document: (result, conclusion) => upDocumentOf("switch", result, conclusion),
    text: switchText,
  });
}

function refuseBelow({ verdict, files }: Measured): void {
  if (verdict.verdict !== "below") return;
  const below = verdict.scenarios.filter((scenario) => scenario.verdict === "below");
  throw new PlumblineError("BELOW_BASELINE", {
    what: verdict.summary,
    why: below
      .map(({ name, reason, cause }) => `${name}: ${reason}${cause ? `; ${cause.kind}: ${cause.evidence}` : ""}`)
      .join("\n"),
    fix: `The figures are in ${files[0] ?? "the results"}. Without --guard the profile stays`,
    details: { scenarios: below },
  });
}
