/**
 * Text from outside, made fit to be shown: what servers, containers and edited files say holds no command to whatever
 * shows it, and no line without end. Pure.
 */

/**
 * Replaces each character that is no text by U+FFFD. What services say holds escape sequences: terminals obey them, also
 * when they print a file, and XML cannot hold them. Tabs and line breaks stay; a carriage return stays before a line
 * feed only, because elsewhere what follows it overwrites the line.
 */
export function printable(text: string): string {
  return text.replaceAll(NO_TEXT, "\uFFFD");
}

/**
 * Control characters (C0, DEL and C1), separators that some readers take for line breaks, marks that turn the direction
 * of the text after them, and the rest that is no `Char` of XML 1.0, 2.2.
 */
const NO_TEXT =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFFFE\uFFFF]|\r(?!\n)|\p{Surrogate}/gu;

const NOT_ON_A_LINE = new RegExp(String.raw`[\t\r\n]|${NO_TEXT.source}`, "u");

/** Returns the first character that a text of one line cannot hold, as "U+001B"; undefined if there is none. */
export function controlIn(text: string): string | undefined {
  const found = NOT_ON_A_LINE.exec(text)?.[0];
  return found === undefined ? undefined : `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Returns the text on one line: the comments of generated files end with their line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/[\t\r\n]+/g, " "));
}

/** Returns plain data with `printable` applied to every text in it, keys included; anything else stays as it is. */
export function printableIn<Value>(value: Value): Value;
export function printableIn(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map((each: unknown) => printableIn(each));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [printable(key), printableIn<unknown>(each)]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Length to which a line of a server is cut before it is searched or shown. Servers put what matters first. */
export const LINE_MOST = 2000;

/** Cuts a line that is longer than `LINE_MOST`, and says so at its end. */
export function cutLine(line: string): string {
  return line.length <= LINE_MOST ? line : `${beginning(line, LINE_MOST)} … cut after ${LINE_MOST} characters`;
}

/** Cuts each line of a text. */
export function cutLines(text: string): string {
  return text.split("\n").map(cutLine).join("\n");
}

/** Returns at most the first `most` UTF-16 units, without half of a character at the end. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, HIGH_SURROGATE.test(text.charAt(most - 1)) ? most - 1 : most);
}

/** The first half of a character outside the basic plane. */
const HIGH_SURROGATE = /^[\uD800-\uDBFF]$/;
