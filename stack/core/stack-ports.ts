/** Ports of stacks that run side by side. */

/** Offsets are 10,000 to 14,950 in steps of 50: the highest published port, 15672, stays below 31,000. */
const FIRST_OFFSET = 10_000;
const STEP = 50;
const STEPS = 100;

/**
 * What is added to every port of a stack: nothing for the default one, otherwise a number that follows from the name,
 * so that every command finds the stack again without a record. Two names may meet; PORT_TAKEN then says so.
 */
export function stackPortOffset(stack: string): number {
  if (stack === "default") return 0;
  let hash = 0;
  for (const character of stack) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return FIRST_OFFSET + STEP * (hash % STEPS);
}
