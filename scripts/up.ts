/** `npm run up`: provisions, sizes, starts, proves and measures a stack. */
import { runUp, upFlags, parseUpFlags } from "./lib/up.ts";
import { runCommandLine } from "./lib/command.ts";

await runCommandLine({
  name: "up",
  summary: "Provision the machine, size every service to it, start the stack, prove it and measure it.",
  flags: (command) => upFlags(command.argument("[profile]", "profile, the same as --profile")),
  parse: parseUpFlags,
  run: runUp,
});
