/** The flags of `bench`. */
import type { Command } from "commander";
import { z } from "zod";
import { count, parseWith } from "./flags.ts";
import { reportFields, reportFlags } from "./reports.ts";

export function benchFlags(command: Command): Command {
  return reportFlags(command)
    .argument("[service...]", "only these services")
    .option("--full", "every scenario, in place of the smoke set")
    .option("--duration <seconds>", "time for everything; default: the profile's, or 5 s a scenario with --full")
    .option("--save", "keep the figures as the baseline");
}

export const parseBenchFlags = parseWith(
  z.object({
    full: z.boolean().default(false),
    save: z.boolean().default(false),
    duration: count.optional(),
    ...reportFields,
  }),
);
