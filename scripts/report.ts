/** `npm run report`: writes the reports of a run once more, after an upgrade of Plumbline or a new baseline. */
import { resultsRenderer } from "../stack/report/measurement/renderer.ts";
import { z } from "zod";
import { BASELINES_FOLDER } from "../stack/measure/measure.ts";
import { renderAgain } from "../stack/records/reports.ts";
import { stackFolder } from "../stack/records/folder.ts";
import { runCommand } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";

await runCommand({
  name: "report",
  summary:
    "Write the reports of the newest run once more, or of the results file that is named: HTML, Markdown, JUnit.",
  flags: (command) => command.argument("[results]", "a performance-results-*.json"),
  parse: parseWith(z.object({})),
  run: async ({ stack, args: [named] }) => {
    const { results } = stackFolder(stack.stack);
    const rendered = await renderAgain({ results, baselines: BASELINES_FOLDER }, named, resultsRenderer);
    const document = { ok: true, command: "report", ...rendered };
    return { document, text: rendered.files.join("\n") };
  },
});
