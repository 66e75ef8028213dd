/** Port offsets, so that several stacks can run side by side. */
import { PlumblineError } from "../errors.ts";

/**
 * Offsets are 10,010 to 14,663 in steps of 47. The highest published port, 15672, so stays below 31,000, and no port
 * with one offset equals a port with another offset or of the default stack (steps of 50 would map one stack's 6382 to
 * another's 6432).
 */
const FIRST_OFFSET = 10_010;
const STEP = 47;
const STEPS = 100;

/**
 * Returns the number added to every port of a stack: 0 for the default stack, otherwise a number computed from the
 * name, so that every command finds the stack again without a record. Two names may collide; PORT_TAKEN then reports
 * it.
 */
export function stackPortOffset(stack: string): number {
  if (stack === "default") return 0;
  let hash = 0;
  for (const character of stack) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return FIRST_OFFSET + STEP * (hash % STEPS);
}

/** The highest port number that exists. */
const HIGHEST_PORT = 65_535;

/** Throws PROFILE_INVALID if the profile's offset plus that of the stack's name exceeds the range of ports. */
export function refuseHighPorts(
  stack: string,
  own: number,
  ports: readonly { readonly instance: string; readonly defaultHostPort: number }[],
): void {
  const offset = own + stackPortOffset(stack);
  const high = ports.filter(({ defaultHostPort }) => defaultHostPort + offset > HIGHEST_PORT);
  if (high.length === 0) return;
  const most = HIGHEST_PORT - Math.max(...high.map(({ defaultHostPort }) => defaultHostPort)) - stackPortOffset(stack);
  throw new PlumblineError("PROFILE_INVALID", {
    what: `The portOffset ${own} is too large for the stack ${stack}`,
    why: high
      .map(
        ({ instance, defaultHostPort }) =>
          `${instance}: ${defaultHostPort} + ${offset} is above ${HIGHEST_PORT}, the highest port`,
      )
      .join("\n"),
    fix: `Make it ${most} at most; a stack with a name of its own has other ports without it`,
    details: { stack, portOffset: own, most },
  });
}
