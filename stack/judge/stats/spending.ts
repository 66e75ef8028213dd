/**
 * Error spending for looks at any spacing. The statistic of a look is the standardised sum of all data until then, so
 * the sums are a Brownian motion whose time is the amount of data. Sources: Armitage, McPherson and Rowe, 1969 (the
 * recursion over looks); Lan and DeMets, 1983 (boundaries from a spending function); Jennison and Turnbull, 2000,
 * chapter 19 (its numerical integration).
 */
import { errorFunction } from "simple-statistics";

/** Odd, for Simpson's rule: boundaries of 12 looks are exact to 4 digits. */
const GRID_POINTS = 161;
/** Halvings of [0, 8]: z to 1e-9. */
const HALVINGS = 33;
const Z_MAXIMUM = 8;

/** Returns P(Z > z) of the standard normal distribution, to 1e-7. */
export function normalUpperTail(z: number): number {
  return (1 - errorFunction(z / Math.SQRT2)) / 2;
}

/**
 * Returns, for every look, the probability that the statistic has crossed ±z at this look or an earlier one, if there
 * is no effect. `blocks` are the amounts of data, increasing; `z` has one boundary for each.
 */
export function crossed(blocks: readonly number[], z: readonly number[]): readonly number[] {
  let paths = START;
  let total = 0;
  return blocks.map((data, index) => {
    const bound = (z[index] ?? Z_MAXIMUM) * Math.sqrt(data);
    total += crossing(paths, data, bound);
    paths = within(paths, data, bound);
    return total;
  });
}

/**
 * Returns the boundary z of every look that makes the probability of having crossed ±z, if there is no effect, the one
 * given for that look: `spent` is the spending function at these looks, increasing to the total error.
 */
export function boundaries(blocks: readonly number[], spent: readonly number[]): readonly number[] {
  let paths = START;
  let total = 0;
  return blocks.map((data, index) => {
    const share = (spent[index] ?? total) - total;
    let [low, high] = [0, Z_MAXIMUM];
    for (let step = 0; step < HALVINGS; step += 1) {
      const middle = (low + high) / 2;
      if (crossing(paths, data, middle * Math.sqrt(data)) > share) low = middle;
      else high = middle;
    }
    paths = within(paths, data, high * Math.sqrt(data));
    total += share;
    return high;
  });
}

/** The sums that no look has ended yet, as weighted points. */
interface Paths {
  readonly data: number;
  readonly sums: readonly number[];
  readonly weights: readonly number[];
}

const START: Paths = { data: 0, sums: [0], weights: [1] };

/** Returns the probability that one of these paths is beyond ±bound once it has so much data. */
function crossing({ data: before, sums, weights }: Paths, data: number, bound: number): number {
  const deviation = Math.sqrt(data - before);
  let probability = 0;
  for (const [index, sum] of sums.entries()) {
    const beyond = normalUpperTail((bound - sum) / deviation) + normalUpperTail((bound + sum) / deviation);
    probability += (weights[index] ?? 0) * beyond;
  }
  return probability;
}

/** Returns the paths that are within ±bound once they have so much data. */
function within({ data: before, sums, weights }: Paths, data: number, bound: number): Paths {
  const deviation = Math.sqrt(data - before);
  const step = (2 * bound) / (GRID_POINTS - 1);
  const points = Array.from({ length: GRID_POINTS }, (_, index) => index * step - bound);
  return {
    data,
    sums: points,
    weights: points.map((point, index) => {
      let density = 0;
      for (const [from, sum] of sums.entries()) {
        const distance = (point - sum) / deviation;
        density += (weights[from] ?? 0) * Math.exp((-distance * distance) / 2);
      }
      return (density / (deviation * Math.sqrt(2 * Math.PI))) * simpson(index) * step;
    }),
  };
}

function simpson(index: number): number {
  if (index === 0 || index === GRID_POINTS - 1) return 1 / 3;
  return index % 2 === 0 ? 2 / 3 : 4 / 3;
}
