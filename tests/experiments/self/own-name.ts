/** Stacks that are measured and destroyed have their own names. */
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";

/**
 * Returns the options with the stack name `prefix`, or with a given name that begins with it. Throws WRONG_USAGE for
 * any other.
 */
export function ownName(options: StackOptions, prefix: string): StackOptions {
  const stack = options.stack === "default" ? prefix : options.stack;
  if (stack === prefix || stack.startsWith(`${prefix}-`)) return { ...options, stack };
  throw new PlumblineError("WRONG_USAGE", {
    what: `The stack ${stack} cannot be measured`,
    why: "what is measured is destroyed, in the end at the latest",
    fix: `Use a name that begins with ${prefix}, or none`,
  });
}
