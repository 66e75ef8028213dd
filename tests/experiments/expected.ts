/** `npm run bench:expected`: what the settings cost that are on because people who develop expect them. */
import { z } from "zod";
import { EXIT } from "../../stack/core/errors.ts";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { expectedDocument, expectedText } from "./expected/document.ts";
import { GROUPS } from "./expected/groups.ts";
import { measureExpected } from "./expected/measure.ts";
import { ownName } from "./self/own-name.ts";

const parse = parseWith(
  z.object({
    only: names.optional(),
    pairs: count.max(100).default(8),
    seconds: count.max(60).default(2),
    minutes: count.max(240).default(20),
  }),
);

await runCommandLine({
  name: "bench:expected",
  summary:
    "Measure statistics, slow logs and limits on and off in turn, on a stack of its own that is destroyed afterwards.",
  flags: (command) =>
    command
      .option(
        "--only <groups>",
        `services or groups, separated by commas: ${GROUPS.map(({ name }) => name).join(", ")}`,
      )
      .option("--pairs <number>", "pairs of windows for each group; fewer than 6 decide nothing", "8")
      .option("--seconds <number>", "length of one window", "2")
      .option("--minutes <number>", "pairs that would begin later are left out", "20"),
  parse,
  run: async ({ options, flags, confirm, report, signal }) => {
    const own = ownName(options, "expected");
    const found = await measureExpected({ ...flags, only: flags.only, stack: own, confirm }, { report, signal });
    const document = expectedDocument(found);
    return { document, text: expectedText(document), exitCode: document.holds ? EXIT.ok : EXIT.failed };
  },
});
