/** `npm run bench`: measures services of a stack that runs. */
import { z } from "zod";
import { benchStack, keepRuns } from "../stack/effects/bench.ts";
import { benchDocumentOf, benchText } from "../stack/report/bench.ts";
import { runCommand } from "./lib/command.ts";
import { count, parseWith } from "./lib/flags.ts";
import { verdictExit } from "./lib/verdict.ts";

const parse = parseWith(
  z.object({ full: z.boolean().default(false), save: z.boolean().default(false), duration: count.optional() }),
);

await runCommand({
  name: "bench",
  summary: "Measure the services of a running stack and compare with the baseline of this machine.",
  flags: (command) =>
    command
      .argument("[service...]", "only these services")
      .option("--full", "every scenario, in place of the smoke set")
      .option("--duration <seconds>", "time for everything; default: the profile's, or 5 s a scenario with --full")
      .option("--save", "keep the figures as the baseline"),
  parse,
  run: async ({ stack, args, flags: { full, save, duration }, strict, report, signal }) => {
    const options = {
      ...stack,
      ...(args.length > 0 ? { services: args } : {}),
      ...(duration === undefined ? {} : { budgetS: duration }),
      all: full,
      thorough: save,
    };
    const { measured: runs, ...benched } = await benchStack(options, { report, signal });
    const [measured] = runs;
    if (!measured) throw new Error("one run was asked for, and none was made");
    const exitCode = verdictExit(measured, strict);
    const saved = save ? await keepRuns([measured.run]) : undefined;
    const all = { ...benched, measured, saved, exitCode };
    return { document: benchDocumentOf(all), text: benchText(all), exitCode };
  },
});
