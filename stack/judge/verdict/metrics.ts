/** The metrics that are compared. */
import type { TimeMetric } from "../../core/results/verdict.ts";
import type { Block } from "../../core/results/measurement.ts";
import { batchMeans } from "../stats/batches.ts";
import type { Direction } from "../stats/effect.ts";

export type Timed = Exclude<TimeMetric, "p5 latency">;

/**
 * Throughput, which in a closed loop also gives the mean latency (X = N / L̄), and p95, the tail that a mean can hide.
 * p50 is shown but not tested: it adds nothing to these two, and each further test costs power.
 */
export const METRICS: readonly {
  readonly metric: Timed;
  readonly direction: Direction;
  readonly read: (block: Block) => number | undefined;
}[] = [
  { metric: "throughput", direction: "more is better", read: ({ throughput }) => throughput },
  { metric: "p95 latency", direction: "less is better", read: ({ p95Ms }) => p95Ms },
];

/**
 * Returns the metric in every block, or undefined if a block lacks it. Correlated blocks are returned as batch means:
 * single values would promise more certainty than they have.
 */
export function valuesOf(
  blocks: readonly Block[],
  read: (block: Block) => number | undefined,
): readonly number[] | undefined {
  const values = blocks.map(read);
  return values.every((value) => value !== undefined) ? batchMeans(values).values : undefined;
}
