/** `npm run bench:self`: measures Plumbline itself, side by side with Docker Compose on the same files. */
import { z } from "zod";
import { PlumblineError } from "../stack/core/errors.ts";
import { runCommand } from "./lib/command.ts";
import { count, names, parseWith } from "./lib/flags.ts";
import { selfDocument, selfText } from "./lib/self/document.ts";
import { measureSelf, PARTS } from "./lib/self/measure.ts";

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
  run: async ({ stack, flags, confirm, report, signal }) => {
    // The stack is destroyed: it must not be one that somebody works with.
    const own = stack.stack === "default" ? "self" : stack.stack;
    if (!/^self(-|$)/.test(own)) {
      throw new PlumblineError("WRONG_USAGE", {
        what: `The stack ${own} cannot be measured`,
        why: "what is measured is destroyed, before every cold start and in the end",
        fix: "Use a name that begins with self, or none",
      });
    }
    const measured = await measureSelf({ ...flags, stack: { ...stack, stack: own }, confirm }, { report, signal });
    return { document: selfDocument(measured), text: selfText(measured) };
  },
});
