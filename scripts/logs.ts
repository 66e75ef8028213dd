/** `npm run logs`: shows the servers' logs. */
import { z } from "zod";
import { PlumblineError } from "../stack/core/errors.ts";
import { unlessAborted } from "../stack/converge/execution/unless-aborted.ts";
import { findLogs, readLogs, showLogs } from "../stack/commands/logs.ts";
import { logsDocumentOf } from "../stack/report/screens/logs.ts";
import { runCommandLine } from "./lib/command.ts";
import { count, parseWith } from "./lib/flags.ts";

const parse = parseWith(z.object({ lines: count.max(1_000_000), follow: z.boolean().default(false) }));

await runCommandLine({
  name: "logs",
  summary: "Show the last log lines of all services, or of those that are named.",
  flags: (command) =>
    command
      .argument("[service...]", "services or instances")
      .option("--lines <n>", "lines of each container", "100")
      .option("--follow", "go on until interrupted"),
  parse,
  run: async ({ options, args, flags: { lines, follow }, json, coloured, signal }) => {
    if (json && follow) {
      throw new PlumblineError("WRONG_USAGE", {
        what: "--follow has no end, and --json prints one document",
        why: "they cannot be used together",
        fix: "Leave one of them away",
      });
    }
    const source = await unlessAborted(findLogs(options, args), signal);
    if (!json) {
      await showLogs(source, { lines, follow, coloured, output: process.stdout, errors: process.stderr, signal });
      return { document: undefined, text: "" };
    }
    return { document: logsDocumentOf(await unlessAborted(readLogs(source, lines), signal)), text: "" };
  },
});
