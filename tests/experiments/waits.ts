/** `npm run bench:waits`: how long commands wait for servers that cannot come up any more. */
import { z } from "zod";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { waitsDocument, waitsText } from "./waits/document.ts";
import { measureWaits } from "./waits/measure.ts";

const parse = parseWith(z.object({ only: names.optional(), minutes: count }));

await runCommandLine({
  name: "bench:waits",
  summary: "Make servers hopeless in every way, and measure how long up, verify and switch wait for them.",
  flags: (command) =>
    command
      .option("--only <cases>", "parts of a service and its case's name: redis password")
      .option("--minutes <number>", "cases that would begin later are left out", "30"),
  parse,
  run: async ({ flags, report, signal }) => {
    const found = waitsDocument(await measureWaits(flags, { report, signal }));
    return { document: found, text: waitsText(found), exitCode: found.ok ? 0 : 1 };
  },
});
