/** The figures of one scenario over all its blocks. */
import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { MeasuredScenario } from "../core/results/measurement.ts";
import { medianOf } from "./stats/median.ts";
import { quantileOf, type QuantileBounds } from "./stats/quantiles.ts";
import { CPU_PER_OPERATION, workFigure } from "./work.ts";

export interface ScenarioSummary {
  readonly blocks: number;
  /** Operations a second: median over blocks, with its 95 % interval. */
  readonly throughput: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Microseconds, over all operations of all blocks; absent with too few samples. */
  readonly p50: QuantileBounds | undefined;
  readonly p95: QuantileBounds | undefined;
  readonly p99: QuantileBounds | undefined;
  readonly operations: number;
  /** Cpu of the servers per operation in microseconds, median over blocks; absent if a block was not read. */
  readonly cpuUs: number | undefined;
}

/** Returns the figures of one scenario. Pass `histogram` if it is already decoded. */
export function summaryOf(
  { blocks, histogram: encoded }: Pick<MeasuredScenario, "blocks" | "histogram">,
  histogram: Histogram = decodeFromCompressedBase64(encoded),
): ScenarioSummary {
  const { median, interval } = medianOf(blocks.map(({ throughput }) => throughput));
  return {
    blocks: blocks.length,
    throughput: median,
    low: interval?.low,
    high: interval?.high,
    p50: quantileOf(histogram, 0.5),
    p95: quantileOf(histogram, 0.95),
    p99: quantileOf(histogram, 0.99),
    operations: histogram.totalCount,
    cpuUs: workFigure(blocks, CPU_PER_OPERATION),
  };
}
