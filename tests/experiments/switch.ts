/** `npm run bench:switch`: what a change of profile costs clients, compared with plain Docker Compose. */
import { z } from "zod";
import { runCommand } from "../../scripts/lib/command.ts";
import { count, parseWith } from "../../scripts/lib/flags.ts";
import { ownName } from "./self/own-name.ts";
import { switchBenchDocument, switchBenchText } from "./switch/document.ts";
import { measureSwitch } from "./switch/measure.ts";

const parse = parseWith(z.object({ rounds: count.max(20), from: z.string(), to: z.string() }));

await runCommand({
  name: "bench:switch",
  summary: "Switch a stack of its own there and back under 100 requests a second, by Plumbline and by Compose.",
  flags: (command) =>
    command
      .option("--rounds <number>", "how often there and back, for each side", "1")
      .option("--from <profile>", "the profile to begin with", "dev")
      .option("--to <profile>", "the profile to switch to", "qa"),
  parse,
  run: async ({ options, flags, report, signal }) => {
    const legs = await measureSwitch({ ...flags, stack: ownName(options, "self") }, { report, signal });
    return { document: switchBenchDocument(legs), text: switchBenchText(legs) };
  },
});
