/** `npm run verify`: proves that a stack is what its profile says and as fast as it was, without changing it. */
import { z } from "zod";
import { verify } from "../stack/effects/verify.ts";
import { runCommand } from "./lib/command.ts";
import { names, parseWith } from "./lib/flags.ts";
import { runProved } from "./lib/up.ts";

const parse = parseWith(z.object({ bench: z.boolean(), only: names.optional() }));

await runCommand({
  name: "verify",
  summary:
    "Prove that the stack is what its profile says: settings, limits, machine, health, speed. Nothing is changed.",
  flags: (command) =>
    command
      .option("--no-bench", "skip the smoke benchmarks")
      .option("--only <services>", "only these services, separated by commas, and what they require"),
  parse,
  run: async (context) => {
    const { stack, flags, report } = context;
    const options = { ...stack, ...(flags.only ? { only: flags.only } : {}) };
    return runProved(context, {
      command: "verify",
      bench: flags.bench,
      run: (use) => verify(options, { report }, use),
    });
  },
});
