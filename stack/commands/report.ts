/** `report`: writes the reports of a run once more, after an upgrade of Plumbline or a new baseline. */
import type { Rendered } from "../core/results/commands/report.ts";
import type { ResultsRenderer } from "../core/results/report-input.ts";
import { BASELINES_FOLDER } from "../measure/measure.ts";
import { stackFolder } from "../records/folder.ts";
import { renderAgain } from "../records/reports.ts";

/** Of the results file that is named, or of the stack's newest run. Throws WRONG_USAGE for a file that holds no results. */
export async function reportAgain(
  stack: string,
  named: string | undefined,
  renderer: ResultsRenderer,
): Promise<Rendered> {
  const { results } = stackFolder(stack);
  return renderAgain({ results, baselines: BASELINES_FOLDER }, named, renderer);
}
