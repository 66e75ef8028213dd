/** `npm run env`: connection URLs, for `eval "$(npm run -s env)"` or a .env file. */
import { Option } from "commander";
import { z } from "zod";
import { connectionUrls } from "../stack/commands/env.ts";
import { ENV_FORMATS, envDocumentOf, envText } from "../stack/report/screens/env.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

const parse = parseWith(z.object({ format: z.enum(ENV_FORMATS) }));

await runCommandLine({
  name: "env",
  summary: 'Print connection URLs with their passwords: eval "$(npm run -s env)".',
  flags: (command) =>
    command.addOption(new Option("--format <format>", "how to print them").choices(ENV_FORMATS).default("shell")),
  parse,
  looksOnly: () => true,
  run: async ({ options, flags }) => {
    const env = await connectionUrls(options);
    return { document: envDocumentOf(env), text: envText(env, flags.format) };
  },
});
