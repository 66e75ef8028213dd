/** `npm run report`: writes a run's reports again, after an upgrade of Plumbline or a new baseline. */
import { z } from "zod";
import { reportAgain } from "../stack/commands/report.ts";
import { unlessAborted } from "../stack/converge/execution/unless-aborted.ts";
import { resultsRenderer } from "../stack/report/measurement/renderer.ts";
import { reportDocumentOf, reportText } from "../stack/report/screens/rendered.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

await runCommandLine({
  name: "report",
  summary:
    "Write the reports of the newest run once more, or of the results file that is named: HTML, Markdown, JUnit.",
  flags: (command) => command.argument("[results]", "a performance-results-*.json"),
  parse: parseWith(z.object({})),
  run: async ({ options, args: [named], signal }) => {
    // Each file is replaced as a whole, so that the work may be left at any time.
    const rendered = await unlessAborted(reportAgain(options.stack, named, resultsRenderer), signal);
    return { document: reportDocumentOf(rendered), text: reportText(rendered) };
  },
});
