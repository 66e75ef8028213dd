/** `npm run bench:variance`: where the variance of the smoke set's figures comes from. */
import { z } from "zod";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { ownName } from "./self/own-name.ts";
import { varianceDocument, varianceText } from "./variance/document.ts";
import { measureVariance } from "./variance/measure.ts";

const members = count.min(2, "a level needs two or more members");

const parse = parseWith(
  z.object({
    runs: members.default(5),
    connections: members.default(3),
    blocks: members.default(3),
    windows: members.default(5),
    window: count.min(20).max(1000).default(80),
    clients: names.transform((all) => all.map(clientsOf)).default(["default"]),
    scenario: names.optional(),
    toolSeconds: z.coerce.number().int().min(0).default(1),
  }),
);

/** Throws for what is neither "default" nor a number of clients. */
function clientsOf(text: string): number | "default" {
  return text === "default" ? text : count.parse(text);
}

await runCommandLine({
  name: "bench:variance",
  summary:
    "Tell within what the smoke set's figures vary, and why, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option("--runs <number>", "runs with a set-up of their own", "5")
      .option("--connections <number>", "generations of connections in each run", "3")
      .option("--blocks <number>", "blocks on the same connections, seconds apart", "3")
      .option("--windows <number>", "windows of each block, one after the other", "5")
      .option("--window <ms>", "length of a window", "80")
      .option("--clients <numbers>", 'numbers of clients, separated by commas; "default" for the scenario\'s own')
      .option("--scenario <names>", "only these scenarios of the smoke set")
      .option("--tool-seconds <seconds>", "length of one run of the servers' own load tools; 0 for none", "1"),
  parse,
  run: async ({ options, flags: { window, toolSeconds, ...flags }, confirm, report, signal }) => {
    const lengths = { windowMs: window, toolS: toolSeconds };
    const measuring = { ...flags, ...lengths, stack: ownName(options, "variance"), confirm };
    const document = varianceDocument(await measureVariance(measuring, { report, signal }));
    return { document, text: varianceText(document), exitCode: 0 };
  },
});
