/** Two baselines, or two runs of one stack, side by side; as a document and as text. */
import type { BaselineComparison, ComparedRow } from "../../core/results/comparison.ts";
import type { Metric } from "../../core/results/verdict.ts";
import { describe } from "../../judge/verdict/conditions.ts";
import { changeText, outcomeText, renderComparison } from "./show.ts";
import { wrapped } from "../text/wrap.ts";
import { lossOf } from "../../judge/stats/effect.ts";
import type { ComparedDocument } from "../documents/measurement.ts";

export interface ComparedReport {
  readonly document: ComparedDocument;
  readonly text: string;
  /** In short: what the figures of time and cpu became, then those that changed, the largest change first. */
  readonly changes: readonly string[];
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
    changes: changesOf(comparison),
  };
}

/** The last screen has no room for every counter. */
const SHOWN: readonly Metric[] = ["throughput", "cpu per operation"];
const OUTCOMES = ["slower", "faster", "same", "unclear"] as const;

function changesOf({ left, right, rows }: BaselineComparison): readonly string[] {
  const shown = rows.filter(({ comparison }) => SHOWN.includes(comparison.metric));
  const counts = SHOWN.flatMap((metric) => {
    const of = shown.filter(({ comparison }) => comparison.metric === metric);
    const texts = OUTCOMES.map((each) => ({ each, count: of.filter(({ outcome }) => outcome === each).length }))
      .filter(({ count }) => count > 0)
      .map(({ each, count }) => `${count} ${outcomeText(metric, each)}`);
    return texts.length === 0 ? [] : [`${metric} ${texts.join(", ")}`];
  });
  const changed = shown
    .filter(({ outcome }) => outcome === "slower" || outcome === "faster")
    .toSorted((one, other) => sizeOf(other) - sizeOf(one))
    .map(({ scenario, comparison, outcome }) => {
      const { metric } = comparison;
      return wrapped(`  ${scenario}: ${metric} ${changeText(comparison)}, ${outcomeText(metric, outcome)}`, "    ");
    });
  return [wrapped(`From ${left} to ${right}: ${counts.join("; ") || "nothing is comparable"}`, "  "), ...changed];
}

function sizeOf({ comparison }: ComparedRow): number {
  return Math.abs(comparison.effect.estimate);
}

function rowOf({ scenario, comparison, predicted, outcome }: ComparedRow): ComparedDocument["rows"][number] {
  const { metric, expected, now, effect, interval, margin } = comparison;
  const [change = 0, low = 0, high = 0] = [effect.estimate, interval.low, interval.high].map(Math.expm1);
  const expectation = { before: expected, ...(predicted === undefined ? {} : { predicted }) };
  return { scenario, metric, ...expectation, now, change, low, high, margin: lossOf(margin), outcome };
}
