/** `npm run switch`: takes a stack from one profile to another. */
import { stackFolder } from "../stack/effects/folder.ts";
import { profileInUse } from "../stack/effects/profile-in-use.ts";
import { switchText } from "../stack/report/switch.ts";
import { runCommand } from "./lib/command.ts";
import { parseUpFlags, runUp, upFlags } from "./lib/up.ts";

await runCommand({
  name: "switch",
  summary: "Change a stack to another profile: live where the servers allow it. Data volumes are never removed.",
  flags: (command) => upFlags(command.argument("<profile>", "the new profile: a name, or the path of a YAML file")),
  parse: parseUpFlags,
  run: async (context) => {
    const from = await profileInUse(stackFolder(context.stack.stack));
    return runUp("switch", context, (report, coloured) => switchText(report, from, coloured));
  },
});
