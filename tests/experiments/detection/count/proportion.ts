/** The confidence interval of a counted share. Pure. */

export interface Proportion {
  readonly successes: number;
  readonly trials: number;
  /** Successes / trials; undefined without trials. */
  readonly share: number | undefined;
  /** 95 %, two-sided. */
  readonly low: number;
  readonly high: number;
}

const BISECTIONS = 60;

/**
 * Returns the share with the exact interval of Clopper and Pearson (1934): at its bounds, so many successes, or so few,
 * have a chance of 2.5 %. It also works for 0 of n and n of n, where the normal approximation has no width.
 */
export function proportion(successes: number, trials: number): Proportion {
  return {
    successes,
    trials,
    share: trials === 0 ? undefined : successes / trials,
    low: successes === 0 ? 0 : solve((share) => 1 - cumulative(successes - 1, trials, share), 0.025),
    high: successes === trials ? 1 : 1 - solve((share) => cumulative(successes, trials, 1 - share), 0.025),
  };
}

/** Finds where a function that rises from 0 to 1 has this value. */
function solve(rising: (share: number) => number, value: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < value) low = middle;
    else high = middle;
  }
  return low;
}

/** P(X ≤ most) for X ~ Binomial(trials, share). */
function cumulative(most: number, trials: number, share: number): number {
  let total = 0;
  let logChoose = 0;
  for (let count = 0; count <= most; count += 1) {
    if (count > 0) logChoose += Math.log((trials - count + 1) / count);
    total += Math.exp(logChoose + times(count, share) + times(trials - count, 1 - share));
  }
  return Math.min(1, total);
}

/** count × ln(share), where 0 × −∞ is 0. */
function times(count: number, share: number): number {
  return count === 0 ? 0 : count * Math.log(share);
}
