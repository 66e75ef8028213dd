/** `npm run switch`: takes a stack from one profile to another, or leaves it as it was. */
import { runCommand } from "./lib/command.ts";
import { parseSwitchFlags, runSwitch, switchFlags } from "./lib/switch.ts";

await runCommand({
  name: "switch",
  summary: "Change a stack to another profile: live where the servers allow it. Data volumes are never removed.",
  flags: (command) => switchFlags(command.argument("<profile>", "the new profile: a name, or the path of a YAML file")),
  parse: parseSwitchFlags,
  run: runSwitch,
});
