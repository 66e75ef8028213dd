/** `report`: writes the reports of a run again, after an upgrade of Plumbline or with a new baseline. */
import type { Rendered } from "../core/results/commands/report.ts";
import type { ResultsRenderer } from "../core/results/report-input.ts";
import { BASELINES_FOLDER } from "../measure/measure.ts";
import { stackFolder } from "../records/folder.ts";
import { renderAgain } from "../records/reports.ts";

/** Uses the given results file, or the stack's latest run. Throws WRONG_USAGE if the file holds no results. */
export async function reportAgain(
  stack: string,
  named: string | undefined,
  renderer: ResultsRenderer,
): Promise<Rendered> {
  const { results } = stackFolder(stack);
  return renderAgain({ results, baselines: BASELINES_FOLDER }, named, renderer);
}
