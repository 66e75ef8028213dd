/** Numbers that only look random: the same sequence for the same seed, so that what uses them stays a function. */

/**
 * Uniform on [0, 1): Mulberry32, period 2³². Source: Ettinger, 2017, public domain; it passes gjrand's tests, and serves
 * for shuffling, not for secrets.
 */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
