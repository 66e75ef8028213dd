/** `npm run bench:detection`: counts what the verdict decides, and finds, on a clean and on a harmed stack. */
import { z } from "zod";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { COMPANIES } from "./detection/company/company.ts";
import { detectionDocument } from "./detection/count/document.ts";
import { detectionText } from "./detection/count/text.ts";
import { detect } from "./detection/experiment.ts";
import { FAULTS, USUAL_FAULTS } from "./detection/faults/faults.ts";
import { GROUPS } from "./detection/plan.ts";
import { ownName } from "./self/own-name.ts";

const parse = parseWith(
  z.object({
    only: names.pipe(z.array(z.enum(GROUPS))).default(["quiet", "company", "faults"]),
    company: names.pipe(z.array(z.enum(COMPANIES))).default([...COMPANIES]),
    fault: names.pipe(z.array(z.enum(FAULTS))).default([...USUAL_FAULTS]),
    service: names.default([]),
    runs: count.optional(),
    baselineRuns: count.default(5),
    budget: count.optional(),
    untilDecided: count.optional(),
    resume: z.string().optional(),
  }),
);

await runCommandLine({
  name: "bench:detection",
  summary: "Count what verdicts decide, find and name, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option("--only <groups>", `some of ${GROUPS.join(", ")}; default: all but the last`)
      .option("--company <names>", `what else uses the computer: some of ${COMPANIES.join(", ")}; default: each`)
      .option("--fault <names>", `some of ${FAULTS.join(", ")}; default: all but the last`)
      .option("--service <names>", "the services that are harmed; default: the first that a fault fits")
      .option("--runs <number>", "runs of each kind; default: 30 of the clean stack, 20 with each fault")
      .option("--baseline-runs <number>", "runs that make the baseline", "5")
      .option("--budget <seconds>", "of each run; default: the profile's for quiet runs, 60 for the others")
      .option("--until-decided <seconds>", "let runs go on until everything is decided, up to this time")
      .option("--resume <file>", "append every run to this file, and go on where it stops"),
  parse,
  run: async ({ options: given, flags, confirm, report, signal }) => {
    const options = { ...flags, stack: ownName(given, "detection"), confirm };
    const found = detectionDocument(await detect(options, { report, signal }));
    return { document: found, text: detectionText(found), exitCode: found.ok ? 0 : 1 };
  },
});
