/** What is compared of a scenario. */
import type { Metric } from "../../core/results/verdict.ts";
import type { Block } from "../../core/results/measurement.ts";
import { batchMeans } from "../stats/batches.ts";
import type { Direction } from "../stats/effect.ts";

/**
 * Throughput, which in a closed loop is the mean latency as well (X = N / L̄), and p95, the tail that a mean can hide. p50
 * is shown but not tested: it says nothing that these two do not, and each further test costs power.
 */
export const METRICS: readonly {
  readonly metric: Metric;
  readonly direction: Direction;
  readonly read: (block: Block) => number | undefined;
}[] = [
  { metric: "throughput", direction: "more is better", read: ({ throughput }) => throughput },
  { metric: "p95 latency", direction: "less is better", read: ({ p95Ms }) => p95Ms },
];

/**
 * The metric in every block, or undefined where one block lacks it. Blocks whose neighbours are alike come as the means of
 * batches: each for itself would promise more than they know.
 */
export function valuesOf(
  blocks: readonly Block[],
  read: (block: Block) => number | undefined,
): readonly number[] | undefined {
  const values = blocks.map(read);
  return values.every((value) => value !== undefined) ? batchMeans(values).values : undefined;
}
