/** `npm run bench:kills`: servers killed in the middle of their first start, and what the next `up` makes of it. */
import { z } from "zod";
import { runCommandLine } from "../../scripts/lib/command.ts";
import { count, names, parseWith } from "../../scripts/lib/flags.ts";
import { killsDocument, killsText } from "./kills/document.ts";
import { killAll } from "./kills/measure.ts";
import { SERVERS, SOURCES } from "./kills/servers.ts";

const parse = parseWith(
  z.object({
    images: names.pipe(z.array(z.enum(SOURCES))),
    places: count.max(100),
    only: names.pipe(z.array(z.enum(SERVERS))).optional(),
    minutes: count,
  }),
);

await runCommandLine({
  name: "bench:kills",
  summary: "Kill servers at places spread over their first start, and see whether the next up brings them up.",
  flags: (command) =>
    command
      .option(
        "--images <sources>",
        `some of ${SOURCES.join(", ")}; registry: look-alikes of the official images`,
        "debian",
      )
      .option("--places <number>", "kills of each server", "20")
      .option("--only <servers>", `some of ${SERVERS.join(", ")}`)
      .option("--minutes <number>", "kills that would begin later are left out", "30"),
  parse,
  run: async ({ flags, report, signal }) => {
    const found = killsDocument(await killAll(flags, { report, signal }));
    return { document: found, text: killsText(found), exitCode: found.ok ? 0 : 1 };
  },
});
