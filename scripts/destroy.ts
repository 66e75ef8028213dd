/** `npm run destroy`: removes a stack and its data, after asking. */
import { z } from "zod";
import { destroy } from "../stack/commands/destroy.ts";
import { destroyDocumentOf, destroyText } from "../stack/report/screens/removal.ts";
import { runCommand } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

const parse = parseWith(
  z.object({
    results: z.boolean().default(false),
    images: z.boolean().default(false),
    machine: z.boolean().default(false),
  }),
);

await runCommand({
  name: "destroy",
  summary: "Remove a stack for good: containers, network, data, passwords, generated files. Asks first.",
  flags: (command) =>
    command
      .option("--results", "remove the results of benchmarks too, which are kept otherwise")
      .option("--images", "remove the images that were built here, as far as no container uses them")
      .option("--machine", "delete the virtual machine with its disk"),
  parse,
  run: async ({ options, flags, confirm, report, signal }) => {
    const done = await destroy({ ...options, ...flags, confirm }, { report, signal });
    return { document: destroyDocumentOf(done), text: destroyText(done) };
  },
});
