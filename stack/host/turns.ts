/** Long computations in turns with everything else that this process has to do. */
import { setImmediate as turn } from "node:timers/promises";

/**
 * Resolves all values of a computation that yields them one by one. Between two of them signals are heard, and timers
 * and answers have their turn: for values that each take a noticeable part of a second.
 */
export async function inTurns<Value>(values: Iterable<Value>): Promise<readonly Value[]> {
  const found: Value[] = [];
  for (const value of values) {
    found.push(value);
    await turn();
  }
  return found;
}
