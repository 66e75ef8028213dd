/** The middle of repeated measurements of one figure, and how well it is known. */
import { median, sampleVariance } from "simple-statistics";

export interface Centre {
  readonly median: number;
  /** Standard error of the median's logarithm; undefined with fewer than three values. */
  readonly error: number | undefined;
  /** The 10th percentile: the figure when nothing disturbs it. */
  readonly low: number;
}

/** √(π/2): a median's standard error over a mean's, for normal values. Source: Kenney and Keeping, 1962. */
const MEDIAN_OVER_MEAN = Math.sqrt(Math.PI / 2);
const LOW_SHARE = 0.1;

/** Ignores values that are not positive; undefined if none is left. */
export function centreOf(values: readonly number[]): Centre | undefined {
  const sorted = values.filter((value) => value > 0 && Number.isFinite(value)).toSorted((left, right) => left - right);
  const low = sorted[Math.floor(sorted.length * LOW_SHARE)];
  if (low === undefined) return undefined;
  return { median: median(sorted), error: errorOf(sorted), low };
}

function errorOf(values: readonly number[]): number | undefined {
  if (values.length < 3) return undefined;
  const deviation = Math.sqrt(sampleVariance(values.map((value) => Math.log(value))));
  return (MEDIAN_OVER_MEAN * deviation) / Math.sqrt(values.length);
}
