/** `npm run status`: shows what of a stack is running. */
import { stackStatus } from "../stack/commands/status.ts";
import { statusDocumentOf, statusText } from "../stack/report/screens/status.ts";
import { runCommand } from "./lib/command.ts";

await runCommand({
  name: "status",
  summary: "Show the services: health by a real client, effective limits, versions, addresses. Down is no failure.",
  parse: () => undefined,
  run: async ({ options, coloured }) => {
    const status = await stackStatus(options);
    return { document: statusDocumentOf(status), text: statusText(status, coloured) };
  },
});
