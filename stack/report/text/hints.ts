/** Adds the stack's name to commands that a text tells people to run. Pure. */

/** "npm run up", "npm run -s env", "npm run logs -- redis-1"; not "npm run bench:self", nor one that names a stack. */
const COMMAND = /\b(npm run (?:-s )?[a-z]+)(?![\w:])( -- (?!--stack\b))?(?! -- )/g;

/** The stack that a command was given, and the runtime if it was given one. */
export interface Given {
  readonly stack: string;
  readonly runtime?: string | undefined;
}

/**
 * Adds `--stack`, and `--runtime` if it was given. Without the first, a reader who follows the advice changes the
 * default stack: `npm run destroy` would remove another stack's data. Without the second, it looks in another engine.
 */
export function hintsFor({ stack, runtime }: Given, text: string): string {
  const flags = [
    ...(stack === "default" ? [] : [`--stack ${stack}`]),
    ...(runtime === undefined ? [] : [`--runtime ${runtime}`]),
  ];
  if (flags.length === 0) return text;
  return text.replace(COMMAND, (_all, command: string, arguments_: string | undefined) => {
    return `${command} -- ${flags.join(" ")}${arguments_ === undefined ? "" : " "}`;
  });
}

/** Keys of a document with text for people; other texts may come from elsewhere, such as a log. */
const ADVICE: ReadonlySet<string> = new Set([
  "fix",
  "why",
  "reason",
  "remedy",
  "found",
  "next",
  "old",
  "behind",
  "notes",
  "warnings",
]);

/** A replacer for JSON.stringify that does the same for the advice in a document. */
export function hintsIn(given: Given): (key: string, value: unknown) => unknown {
  const withFlags = (value: unknown) => (typeof value === "string" ? hintsFor(given, value) : value);
  return (key, value) => {
    if (!ADVICE.has(key)) return value;
    return Array.isArray(value) ? value.map(withFlags) : withFlags(value);
  };
}
