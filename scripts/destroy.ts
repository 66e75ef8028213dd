/** `npm run destroy`: removes a stack and its data, after asking. */
import { z } from "zod";
import { destroy } from "../stack/commands/destroy.ts";
import { destroyDocumentOf, destroyText } from "../stack/report/screens/removal.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

const parse = parseWith(
  z.object({
    results: z.boolean().default(false),
    images: z.boolean().default(false),
    machine: z.boolean().default(false),
  }),
);

await runCommandLine({
  name: "destroy",
  summary:
    "Remove a stack for good: containers, network, data, passwords, generated files. With names of services only their " +
    "containers and data. Asks first.",
  flags: (command) =>
    command
      .argument("[services...]", "only the containers and the data of these services")
      .option("--results", "remove the results of benchmarks too, which are kept otherwise")
      .option("--images", "remove the images that were built here, as far as no container uses them")
      .option("--machine", "delete the virtual machine with its disk"),
  parse,
  run: async ({ options, flags, args, confirm, report, signal }) => {
    const done = await destroy({ ...options, ...flags, services: args, confirm }, { report, signal });
    return { document: destroyDocumentOf(done), text: destroyText(done) };
  },
});
