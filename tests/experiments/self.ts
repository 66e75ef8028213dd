/** `npm run bench:self`: measures Plumbline itself, compared with Docker Compose on the same files. */
import { z } from "zod";
import { runCommand } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { selfDocument, selfText } from "./self/document.ts";
import { measureSelf, PARTS } from "./self/measure.ts";
import { ownName } from "./self/own-name.ts";

const parse = parseWith(
  z.object({
    runs: count.default(3),
    quickRuns: count.default(10),
    only: names.pipe(z.array(z.enum(PARTS))).optional(),
  }),
);

await runCommand({
  name: "bench:self",
  summary: "Measure Plumbline itself beside Docker Compose, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option("--runs <number>", "cold starts of each side", "3")
      .option("--quick-runs <number>", "runs of each side with nothing to do, and plans of each size", "10")
      .option("--only <parts>", `some of ${PARTS.join(", ")}, separated by commas`),
  parse,
  run: async ({ options, flags, confirm, report, signal }) => {
    const measured = await measureSelf({ ...flags, stack: ownName(options, "self"), confirm }, { report, signal });
    return { document: selfDocument(measured), text: selfText(measured) };
  },
});
