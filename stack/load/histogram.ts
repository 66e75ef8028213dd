/** Latencies as HDR histograms: they can be merged, and are as exact for the slowest operation as for the median. */
import { build, type Histogram } from "hdr-histogram-js";

export const MICROSECONDS_PER_MS = 1000;
/** One minute, which is longer than any deadline of an operation. A histogram of fixed size costs the loop nothing. */
const TOP_US = 60_000_000;

/** An empty histogram of latencies in microseconds, 3 significant digits. */
export function latencyHistogram(): Histogram {
  return build({ bitBucketSize: 32, numberOfSignificantValueDigits: 3, highestTrackableValue: TOP_US });
}

/** Adds one latency; less than a microsecond counts as one. */
export function recordLatency(histogram: Histogram, latencyMs: number): void {
  histogram.recordValue(Math.max(1, Math.round(latencyMs * MICROSECONDS_PER_MS)));
}
