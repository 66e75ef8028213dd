/** `npm run bench:ends`: how long each command takes to end, in each of its phases, by each way of ending it. */
import { z } from "zod";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { endsDocument, endsText } from "./ends/document.ts";
import { endAll } from "./ends/all.ts";
import { GROUPS } from "./ends/phase.ts";

const parse = parseWith(z.object({ only: names.optional(), by: names.optional(), minutes: count.default(15) }));

await runCommandLine({
  name: "bench:ends",
  summary: "End every command in every phase by Ctrl-C, SIGTERM, SIGHUP and a closed pipe, and see what is left of it.",
  flags: (command) =>
    command
      .option("--only <rows>", `groups (${GROUPS.join(", ")}), commands or parts of a phase's name`)
      .option("--by <ways>", "some ways to end it; default: each that fits")
      .option("--minutes <number>", "rows that would begin later are not run, and listed as such", "15"),
  parse,
  run: async ({ flags, report, signal }) => {
    const found = endsDocument(await endAll(flags, { report, signal }));
    return { document: found, text: endsText(found), exitCode: found.ok ? 0 : 1 };
  },
});
