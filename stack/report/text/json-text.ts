/** Documents as JSON for terminals and programs. */
import type { hintsIn } from "./hints.ts";

/**
 * Returns indented JSON. JSON.stringify escapes the control characters below U+0020 only; the others are written as
 * escapes too, since a document may be printed on a terminal. A reader gets the same texts.
 */
export function jsonText(document: unknown, replacer?: ReturnType<typeof hintsIn>): string {
  return JSON.stringify(document, replacer, 2).replaceAll(OBEYED, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const OBEYED = /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;
