/** `npm run status`: shows what of a stack is running. */
import { stackStatus } from "../stack/commands/status.ts";
import { statusDocumentOf, statusExitCode, statusText } from "../stack/report/screens/status.ts";
import { runCommandLine } from "./lib/command.ts";

await runCommandLine({
  name: "status",
  summary:
    "Show the services: health by a real client, effective limits, versions, addresses. Down is no failure, unknown is one.",
  parse: () => undefined,
  looksOnly: () => true,
  run: async ({ options, coloured }) => {
    const status = await stackStatus(options);
    const document = statusDocumentOf(status);
    return { document, text: statusText(status, coloured), exitCode: statusExitCode(status) };
  },
});
