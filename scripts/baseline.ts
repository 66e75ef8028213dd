/** `npm run baseline`: records, shows, compares and checks baselines. */
import { Argument } from "commander";
import { z } from "zod";
import { baselineDocumentOf, baselineText } from "../stack/report/measurement/baseline.ts";
import { baselineAction, BASELINE_ACTIONS } from "./lib/baseline.ts";
import { runCommandLine } from "./lib/command.ts";
import { count, parseWith } from "./lib/flags.ts";
import { quietFields, quietFlags } from "./lib/quiet.ts";

const parse = parseWith(z.object({ runs: count.max(100), duration: count.optional(), ...quietFields }));

await runCommandLine({
  name: "baseline",
  summary:
    "Record, list, show, compare and lint baselines, files in profiles/baselines/, and drop runs of them; history: all measured runs of a stack.",
  flags: (command) =>
    quietFlags(command, "record")
      .addArgument(new Argument("<action>", "what to do").choices(BASELINE_ACTIONS))
      .argument(
        "[name...]",
        "show: one baseline; compare: the older and the newer; lint: some, or all; drop: numbers of runs, or those that are disturbed; history: scenarios",
      )
      .option("--runs <n>", "record: how often to measure; from 3 on the margin follows the variation", "3")
      .option("--duration <seconds>", "record: time for one run; default: the profile's"),
  parse,
  run: async (context) => {
    const result = await baselineAction(context);
    return { document: baselineDocumentOf(result), text: baselineText(result) };
  },
});
