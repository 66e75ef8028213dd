/** Two baselines, or two runs of one stack, side by side; as a document and as text. */
import type { BaselineComparison, ComparedRow } from "../../core/results/comparison.ts";
import { describe } from "../../judge/verdict/conditions.ts";
import { renderComparison } from "./show.ts";
import { lossOf } from "../../judge/stats/effect.ts";
import type { ComparedDocument } from "../documents/measurement.ts";

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
      rows: rows.map(rowOf),
      leftOut: [...leftOut],
    },
    text: renderComparison(comparison).trimEnd(),
  };
}

function rowOf({ scenario, comparison, predicted, outcome }: ComparedRow): ComparedDocument["rows"][number] {
  const { metric, expected, now, effect, interval, margin } = comparison;
  const [change = 0, low = 0, high = 0] = [effect.estimate, interval.low, interval.high].map(Math.expm1);
  const expectation = { before: expected, ...(predicted === undefined ? {} : { predicted }) };
  return { scenario, metric, ...expectation, now, change, low, high, margin: lossOf(margin), outcome };
}
