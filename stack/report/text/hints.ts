/** Adds the stack's name to commands that a text tells people to run. Pure. */

/** "npm run up", "npm run -s env", "npm run logs -- redis-1"; not "npm run bench:self", nor one that names a stack. */
const COMMAND = /\b(npm run (?:-s )?[a-z]+)(?![\w:])( -- (?!--stack\b))?(?! -- )/g;

/**
 * Adds `--stack`. Without it, a reader who follows the advice changes the default stack: `npm run destroy` would remove
 * another stack's data.
 */
export function hintsFor(stack: string, text: string): string {
  if (stack === "default") return text;
  return text.replace(COMMAND, (_all, command: string, arguments_: string | undefined) => {
    return `${command} -- --stack ${stack}${arguments_ === undefined ? "" : " "}`;
  });
}

/** Keys of a document with text for people; other texts may come from elsewhere, such as a log. */
const ADVICE: ReadonlySet<string> = new Set(["fix", "why", "reason"]);

/** A replacer for JSON.stringify that does the same for the advice in a document. */
export function hintsIn(stack: string): (key: string, value: unknown) => unknown {
  return (key, value) => (ADVICE.has(key) && typeof value === "string" ? hintsFor(stack, value) : value);
}
