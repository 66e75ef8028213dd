/** `npm run switch`: switches a stack to another profile, and rolls back if that fails. */
import { runCommand } from "./lib/command.ts";
import { parseSwitchFlags, runSwitch, switchFlags } from "./lib/switch.ts";

await runCommand({
  name: "switch",
  summary: "Change a stack to another profile: live where the servers allow it. Data volumes are never removed.",
  flags: (command) => switchFlags(command.argument("<profile>", "the new profile: a name, or the path of a YAML file")),
  parse: parseSwitchFlags,
  run: runSwitch,
});
