/** `npm run report`: writes a run's reports again, after an upgrade of Plumbline or a new baseline. */
import { z } from "zod";
import { reportAgain } from "../stack/commands/report.ts";
import { resultsRenderer } from "../stack/report/measurement/renderer.ts";
import { reportDocumentOf, reportText } from "../stack/report/screens/rendered.ts";
import { runCommand } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

await runCommand({
  name: "report",
  summary:
    "Write the reports of the newest run once more, or of the results file that is named: HTML, Markdown, JUnit.",
  flags: (command) => command.argument("[results]", "a performance-results-*.json"),
  parse: parseWith(z.object({})),
  run: async ({ options, args: [named] }) => {
    const rendered = await reportAgain(options.stack, named, resultsRenderer);
    return { document: reportDocumentOf(rendered), text: reportText(rendered) };
  },
});
