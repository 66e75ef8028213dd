/** `npm run bench:fidelity`: compares the load engine with the load tools in common use. */
import { z } from "zod";
import { EXIT } from "../../stack/core/errors.ts";
import { runCommand } from "../../scripts/lib/command.ts";
import { fidelityDocument, fidelityText } from "./fidelity/document.ts";
import { measureFidelity, PARTS } from "./fidelity/measure.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { ownName } from "./self/own-name.ts";

const parse = parseWith(
  z.object({
    rounds: count.default(5),
    seconds: count.max(60).default(2),
    only: names.pipe(z.array(z.enum(PARTS))).default([...PARTS]),
  }),
);

await runCommand({
  name: "bench:fidelity",
  summary:
    "Compare the load engine with the servers' own load tools, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option("--rounds <number>", "measurements of each side", "5")
      .option("--seconds <number>", "length of one measurement", "2")
      .option("--only <parts>", `some of ${PARTS.join(", ")}, separated by commas`),
  parse,
  run: async ({ options, flags, confirm, report, signal }) => {
    const own = ownName(options, "fidelity");
    const measured = await measureFidelity({ ...flags, stack: own, confirm }, { report, signal });
    const document = fidelityDocument(measured);
    return { document, text: fidelityText(document), exitCode: document.holds ? EXIT.ok : EXIT.failed };
  },
});
