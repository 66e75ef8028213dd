/** Normal deviates from a seed, for simulations in tests. */
import { generator } from "../../../stack/judge/stats/generator.ts";

/** Returns a generator of standard normal deviates (Box and Muller, 1958). */
export function normalOf(seed: number): () => number {
  const uniform = generator(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
