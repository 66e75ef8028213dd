/** How many blocks would decide a comparison. */
import { studentQuantile } from "./student.ts";

/** Above this the machine is too noisy for the question: 500 blocks of a scenario take minutes. */
export const BLOCKS_LIMIT = 500;

export interface PowerInput {
  /** Distance between the estimate and the margin's boundary, on the log scale. */
  readonly distance: number;
  /** Standard deviation of one block in this run, on the log scale. */
  readonly deviation: number;
  /** Standard error of the baseline; more blocks in this run do not reduce it. */
  readonly baselineError: number;
  /** One-sided probability at which the comparison is decided. */
  readonly tail: number;
  readonly blocks: number;
}

/**
 * Returns the smallest number of blocks whose interval, around the same estimate, lies wholly on one side of the
 * boundary. Undefined above `BLOCKS_LIMIT`, in particular if the baseline itself is too uncertain.
 */
export function blocksNeeded(input: PowerInput): number | undefined {
  const decides = (n: number): boolean => {
    const error = Math.sqrt(input.deviation ** 2 / n + input.baselineError ** 2);
    return Math.abs(input.distance) >= error * studentQuantile(input.tail, n - 1);
  };
  // The error and the critical value both fall with n, so bisection finds the first n that decides.
  let low = Math.max(2, input.blocks + 1);
  let high = BLOCKS_LIMIT;
  if (low > high || !decides(high)) return undefined;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
