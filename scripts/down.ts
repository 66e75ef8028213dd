/** `npm run down`: stops a stack and keeps its data. */
import { z } from "zod";
import { takeDown } from "../stack/commands/down.ts";
import { downDocumentOf, downText } from "../stack/report/screens/removal.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

const parse = parseWith(z.object({ machine: z.boolean().default(false) }));

await runCommandLine({
  name: "down",
  summary: "Stop and remove the containers and the network of a stack. Its data stay, and `up` finds them again.",
  flags: (command) => command.option("--machine", "stop the virtual machine as well"),
  parse,
  run: async ({ options, flags, confirm, report, signal }) => {
    const done = await takeDown({ ...options, ...flags, confirm }, { report, signal });
    return { document: downDocumentOf(done), text: downText(done) };
  },
});
