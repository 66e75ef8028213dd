/** `npm run plan`: shows what `up` or `switch` would do, with causes. Changes nothing. */
import { Option } from "commander";
import { z } from "zod";
import { EXIT } from "../stack/core/errors.ts";
import { isChange } from "../stack/core/plan/action.ts";
import { planUp } from "../stack/commands/plan.ts";
import { planDocumentOf, planReportText } from "../stack/report/screens/plan.ts";
import { runCommandLine } from "./lib/command.ts";
import { names, parseWith, withProfile } from "./lib/flags.ts";

const parse = parseWith(
  z.object({
    check: z.boolean().default(false),
    images: z.enum(["auto", "registry", "debian"]).optional(),
    only: names.optional(),
  }),
);

await runCommandLine({
  name: "plan",
  summary: "Print what `up` or `switch` would do here, with causes. Nothing is changed, and no engine is needed.",
  flags: (command) =>
    command
      .argument("[profile]", "profile, the same as --profile")
      .option("--check", "exit code 6 if anything would change; fails as `up` would if it refuses")
      .addOption(new Option("--images <policy>", "where images come from").choices(["auto", "registry", "debian"]))
      .option("--only <services>", "only these services, separated by commas, and what they require"),
  parse,
  looksOnly: () => true,
  run: async ({ options, args: [profile], flags: { check, images, only } }) => {
    const planned = await planUp({
      ...withProfile(options, profile),
      ...(images ? { images } : {}),
      ...(only ? { only } : {}),
    });
    if (check && planned.refused) throw planned.refused;
    const exitCode = check && planned.plan.actions.some(isChange) ? EXIT.changesPending : EXIT.ok;
    return { document: planDocumentOf(planned, exitCode), text: planReportText(planned), exitCode };
  },
});
