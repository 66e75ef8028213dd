/** `npm run doctor`: checks in advance for everything that could go wrong. */
import { z } from "zod";
import { examine } from "../stack/commands/doctor/index.ts";
import { doctorDocumentOf, doctorText } from "../stack/report/screens/doctor.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

const parse = parseWith(z.object({ fix: z.boolean().default(false) }));

await runCommandLine({
  name: "doctor",
  summary: "Check everything that could go wrong, each with its remedy. Exit code 1 if there is a problem.",
  flags: (command) => command.option("--fix", "mend what can be mended without loss: modes, a stale lock, leftovers"),
  parse,
  looksOnly: ({ fix }) => !fix,
  run: async ({ options, flags, coloured, signal }) => {
    const examination = await examine(options, { ...flags, signal });
    const document = doctorDocumentOf(examination);
    return { document, text: doctorText(examination, coloured), exitCode: document.exitCode };
  },
});
