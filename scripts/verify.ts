/** `npm run verify`: proves, without changing it, that a stack is what its profile says and as fast as before. */
import { runCommandLine } from "./lib/command.ts";
import { reportFlags, verboseFlag } from "./lib/reports.ts";
import { decideFlag } from "./lib/until-decided.ts";
import { parseVerifyFlags, runVerify } from "./lib/verify.ts";

await runCommandLine({
  name: "verify",
  summary:
    "Prove that the stack is what its profile says: settings, limits, machine, health, speed. Nothing is changed.",
  flags: (command) =>
    verboseFlag(decideFlag(reportFlags(command)))
      .option("--no-bench", "skip the smoke benchmarks")
      .option("--only <services>", "only these services, separated by commas, and what they require")
      .option("--watch", "read back again and again, and report drift as it appears; end it with Ctrl-C")
      .option("--interval <seconds>", "with --watch: from one look to the next (default: 5)"),
  parse: parseVerifyFlags,
  run: runVerify,
});
