/** How many blocks would decide. */
import { studentQuantile } from "./student.ts";

/** Beyond this the machine is too noisy for the question: 500 blocks of a scenario are minutes. */
export const BLOCKS_LIMIT = 500;

export interface PowerInput {
  /** Distance between the estimate and the margin's boundary, on the log scale. */
  readonly distance: number;
  /** Standard deviation of one block now, on the log scale. */
  readonly deviation: number;
  /** Standard error of the baseline, which more blocks now do not reduce. */
  readonly baselineError: number;
  /** One-sided probability that decides. */
  readonly tail: number;
  readonly blocks: number;
}

/**
 * The smallest number of blocks whose interval, around the same estimate, would lie wholly on one side of the boundary.
 * Undefined above `BLOCKS_LIMIT`, in particular where the baseline itself is too uncertain.
 */
export function blocksNeeded(input: PowerInput): number | undefined {
  const decides = (n: number): boolean => {
    const error = Math.sqrt(input.deviation ** 2 / n + input.baselineError ** 2);
    return Math.abs(input.distance) >= error * studentQuantile(input.tail, n - 1);
  };
  // Both the error and the critical value fall with n, so the first n that decides is found by halving.
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
