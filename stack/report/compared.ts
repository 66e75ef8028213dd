/** Two baselines, or two runs of one stack, side by side: as a document and as text. */
import { beforeAndAfter } from "../bench/before-after.ts";
import type { BaselineComparison } from "../bench/compare.ts";
import { describe } from "../bench/conditions.ts";
import type { SmokeRun } from "../bench/document.ts";
import { renderComparison } from "../bench/show.ts";
import type { ComparedDocument } from "./documents-bench.ts";

export interface ComparedReport {
  readonly document: ComparedDocument;
  readonly text: string;
}

export function comparedReport(comparison: BaselineComparison): ComparedReport {
  const { left, right, differences, rows, leftOut } = comparison;
  return {
    document: {
      left,
      right,
      differences: differences.map(describe),
      rows: rows.map(({ scenario, comparison: { metric, expected, now }, outcome }) => {
        return { scenario, metric, before: expected, now, outcome };
      }),
      leftOut: [...leftOut],
    },
    text: renderComparison(comparison).trimEnd(),
  };
}

/** What a change of profile or machine did; undefined where neither changed since the last run. */
export function changeReport(before: SmokeRun | undefined, after: SmokeRun): ComparedReport | undefined {
  const comparison = beforeAndAfter(before, after);
  return comparison && comparedReport(comparison);
}
