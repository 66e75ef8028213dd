/** Deterministic pseudo-random numbers: the same seed gives the same sequence, so that callers stay pure functions. */

/**
 * Uniform on [0, 1): Mulberry32, period 2³². Good for shuffling (it passes gjrand's tests), not for secrets. Source:
 * Ettinger, 2017, public domain.
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
