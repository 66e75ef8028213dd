/** Text for terminals and documents in which nothing can be a command to whatever shows it. */

/**
 * Replaces each character that is no text by U+FFFD. What services say holds escape sequences: terminals obey them, also
 * when they print a file, and XML cannot hold them. Tabs and line breaks stay.
 */
export function printable(text: string): string {
  return text.replaceAll(NO_TEXT, "\uFFFD");
}

/** Control characters (C0, DEL and C1), and the rest that is no `Char` of XML 1.0, 2.2. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]|\p{Surrogate}/gu;
