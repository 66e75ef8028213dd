/** The flags of `up`, which `switch` has too, and the command itself. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { z } from "zod";
import { up } from "../../stack/commands/up.ts";
import type { UpOptions } from "../../stack/commands/request/up-options.ts";
import { upDocumentOf, upText } from "../../stack/report/screens/up.ts";
import type { Context } from "./command.ts";
import type { CommandResult } from "./output.ts";
import { names, parseWith, withProfile } from "./flags.ts";
import { runProved } from "./proved.ts";
import { reportFields, reportFlags, verboseFields, verboseFlag } from "./reports.ts";
import { decideFields, decideFlag } from "./until-decided.ts";

export const upFlagsSchema = z.object({
  bench: z.boolean(),
  provision: z.boolean(),
  images: z.enum(["auto", "registry", "debian"]).optional(),
  refresh: z.boolean().default(false),
  ca: z.string().optional(),
  only: names.optional(),
  ...decideFields,
  ...reportFields,
  ...verboseFields,
});

export type UpFlags = z.infer<typeof upFlagsSchema>;

export function upFlags(command: Command): Command {
  return verboseFlag(decideFlag(reportFlags(command)))
    .option("--no-bench", "skip the smoke benchmarks")
    .option("--no-provision", "install nothing: fail with what is missing")
    .addOption(new Option("--images <policy>", "where images come from").choices(["auto", "registry", "debian"]))
    .option("--refresh", "build images from the packages of today, and pull what registries' tags are now")
    .option("--ca <file>", "CA certificates that image builds shall trust; PLUMBLINE_CA_BUNDLE names it too")
    .option("--only <services>", "only these services, separated by commas, and what they require");
}

const parse = parseWith(upFlagsSchema);

export function parseUpFlags(raw: Readonly<Record<string, unknown>>): UpFlags {
  const flags = parse(raw);
  if (flags.refresh && flags.only !== undefined) throw new InvalidArgumentError(REFRESH_ONLY);
  return flags;
}

const REFRESH_ONLY =
  "--refresh renews the edition of Debian, which is that of all services: run `npm run up -- --refresh` without --only";

export async function runUp(context: Context<UpFlags>): Promise<CommandResult> {
  const { report, signal, done } = context;
  return runProved(context, {
    command: "up",
    run: (benchmarks) => up(upOptions("up", context), { report, signal, done }, benchmarks),
    document: (result, conclusion) => upDocumentOf("up", result, conclusion),
    text: upText,
  });
}

/** NODE_EXTRA_CA_CERTS tells Node of a company's certificates; what this process needs, builds and apt need too. */
export function caBundleOf({ ca }: { readonly ca?: string | undefined }): string | undefined {
  return ca ?? process.env["PLUMBLINE_CA_BUNDLE"] ?? process.env["NODE_EXTRA_CA_CERTS"];
}

/** Returns the options of a run that brings a stack up, from its command line. */
export function upOptions(command: string, { flags, args, options, confirm }: Context<UpFlags>): UpOptions {
  const [profile] = args;
  const ca = caBundleOf(flags);
  return {
    ...withProfile(options, profile),
    provision: flags.provision,
    confirm,
    ...(flags.images ? { images: flags.images } : {}),
    ...(flags.refresh ? { refresh: true } : {}),
    ...(ca ? { caBundle: ca } : {}),
    ...(flags.only ? { only: flags.only } : {}),
    command,
  };
}
