/** `npm run baseline`: records, shows, compares and checks baselines. */
import { Argument } from "commander";
import { z } from "zod";
import { baselineDocumentOf, baselineText } from "../stack/report/measurement/baseline.ts";
import { baselineAction, BASELINE_ACTIONS } from "./lib/baseline.ts";
import { runCommand } from "./lib/command.ts";
import { count, parseWith } from "./lib/flags.ts";

const parse = parseWith(z.object({ runs: count.max(100), duration: count.optional() }));

await runCommand({
  name: "baseline",
  summary:
    "Record, list, show, compare and lint baselines, files in profiles/baselines/; history: all measured runs of a stack.",
  flags: (command) =>
    command
      .addArgument(new Argument("<action>", "what to do").choices(BASELINE_ACTIONS))
      .argument(
        "[name...]",
        "show: one baseline; compare: the older and the newer; lint: some, or all; history: scenarios",
      )
      .option("--runs <n>", "record: how often to measure; from 3 on the margin follows the variation", "3")
      .option("--duration <seconds>", "record: time for one run; default: the profile's"),
  parse,
  run: async (context) => {
    const result = await baselineAction(context);
    return { document: baselineDocumentOf(result), text: baselineText(result) };
  },
});
