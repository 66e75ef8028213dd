/** Templates for HTML, SVG and XML in which every value is escaped. */
import { printable } from "../core/printable.ts";

/** Markup created by `markup`; any other value in a template is text and is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | number | Markup | readonly Markup[] | undefined;

/**
 * A template whose values are all escaped, for element content and for attributes in double quotes. Lists are joined;
 * undefined becomes nothing.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const text = strings.map((string, index) => (index === 0 ? string : `${rendered(parts[index - 1])}${string}`));
  return new Markup(text.join(""));
}

/** Escapes the five markup characters, and replaces those that are not text. */
export function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (found) => ESCAPES[found] ?? found);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string") return escaped(part);
  if (typeof part === "number") return String(part);
  return part.map(({ text }) => text).join("");
}
