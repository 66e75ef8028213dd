/** `npm run bench:detection`: injects faults into a real stack, and counts which of them the verdict detects. */
import { z } from "zod";
import { runCommand } from "../../scripts/lib/command.ts";
import { detectionDocument, detectionText } from "./detection/document.ts";
import { detect } from "./detection/experiment.ts";
import { FAULTS } from "./detection/faults.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { ownName } from "./self/own-name.ts";

const parse = parseWith(
  z.object({
    runs: count.default(20),
    clean: z.coerce.number().int().min(0).default(50),
    baselineRuns: count.default(5),
    budget: count.default(12),
    fault: names.pipe(z.array(z.enum(FAULTS))).default([...FAULTS]),
    service: z.string().optional(),
    resume: z.string().optional(),
  }),
);

await runCommand({
  name: "bench:detection",
  summary: "Count how often `below` is said, and its cause named, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option("--runs <number>", "runs with each fault", "20")
      .option("--clean <number>", "runs without a fault, spread among them", "50")
      .option("--baseline-runs <number>", "runs that make the baseline", "5")
      .option("--budget <seconds>", "time for each", "14")
      .option("--fault <names>", `some of ${FAULTS.join(", ")}, separated by commas`)
      .option("--service <name>", "the service that is harmed; default: the first with a data volume")
      .option("--resume <file>", "append every run to this file, and go on where it stops"),
  parse,
  run: async ({ options: given, flags, confirm, report, signal }) => {
    const options = { ...flags, stack: ownName(given, "detection"), confirm };
    const found = detectionDocument(await detect(options, { report, signal }));
    return { document: found, text: detectionText(found), exitCode: found.ok ? 0 : 1 };
  },
});
