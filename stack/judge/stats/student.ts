/**
 * Student's t distribution. simple-statistics has none, and the packages of @stdlib that have it take 60 ms to load and
 * 27 MB of disk in 230 packages; a verdict is part of every `up`, and this takes no time to load.
 */
import { gammaln } from "simple-statistics";

/** A continued fraction has converged at this relative step; the resolution of a double is 2.2e-16. */
const RELATIVE_STEP = 1e-14;
/** Terms of the continued fraction; it needs O(sqrt(max(a, b))) of them, and a few hundred serve df up to 1e5. */
const MAXIMUM_TERMS = 1000;
/** At df 1, where the tail is heaviest, a step doubles t: 10 to 20 steps reach any requested tail. */
const MAXIMUM_STEPS = 200;

/**
 * Returns P(T > t) for `df` degrees of freedom (> 0, may be fractional as Welch's are). Source: Abramowitz & Stegun
 * 26.7.1, through the incomplete beta function.
 */
export function studentUpperTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  if (t === -Infinity) return 1;
  const tail = incompleteBeta(df / 2, 0.5, df / (df + t * t)) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/**
 * Returns the t that is exceeded with probability `tail` (0 < tail < 1). Tested against published tables. The upper
 * tail is convex above 0, so Newton's steps from 0 approach the quantile from below and never pass it.
 */
export function studentQuantile(tail: number, df: number): number {
  if (tail > 0.5) return -studentQuantile(1 - tail, df);
  let t = 0;
  for (let step = 0; step < MAXIMUM_STEPS; step += 1) {
    const next = t + (studentUpperTail(t, df) - tail) / studentDensity(t, df);
    if (!(next > t * (1 + RELATIVE_STEP))) break;
    t = next;
  }
  return t;
}

/** Source: Abramowitz & Stegun 26.7.2. */
function studentDensity(t: number, df: number): number {
  const front = Math.exp(gammaln((df + 1) / 2) - gammaln(df / 2)) / Math.sqrt(Math.PI * df);
  return front * (1 + (t * t) / df) ** (-(df + 1) / 2);
}

/** The regularised incomplete beta function I_x(a, b). Source: DLMF 8.17.22 (continued fraction), 8.17.4 (symmetry). */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (front * continuedFraction(a, b, x)) / a;
  return 1 - (front * continuedFraction(b, a, 1 - x)) / b;
}

/** Lentz's method as modified by Thompson and Barnett, which keeps every denominator away from zero. */
function continuedFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= MAXIMUM_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < RELATIVE_STEP) break;
  }
  return result;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}
