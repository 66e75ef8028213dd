/** Ports of stacks that run side by side. */

/**
 * Offsets are 10,010 to 14,663 in steps of 47: the highest published port, 15672, stays below 31,000, and no port of
 * one offset is a port of another or of the default stack (steps of 50 would put one stack's 6382 on another's 6432).
 */
const FIRST_OFFSET = 10_010;
const STEP = 47;
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
