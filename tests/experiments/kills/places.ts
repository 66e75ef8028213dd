/** Where the kills are: shares of the time that one first start takes. */

/** The fraction of the golden section: each next place is far from those before it. */
const STEP = 0.618;

/**
 * Returns the middles of `count` equal parts of 0 to 1, ordered so that also the first few are spread over the whole:
 * what runs out of time has then seen the end of a start too.
 */
export function placesOf(count: number): readonly number[] {
  const stride = coprime(Math.max(1, Math.round(count * STEP)), count);
  return Array.from({ length: count }, (_, index) => (((index * stride) % count) + 0.5) / count);
}

/** The next number from `from` on that has no divisor with `count` in common, so that no place is met twice. */
function coprime(from: number, count: number): number {
  return divisor(from, count) === 1 ? from : coprime(from + 1, count);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
