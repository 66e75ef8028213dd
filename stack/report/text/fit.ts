/** Cuts a text to the height of a screen: what matters least goes first, and how much is missing is said. Pure. */

/** Lines for the last screen of a command: a terminal of 40, without the prompt and the line of the command. */
export const SCREEN_LINES = 38;

/** Items that stand below each other; an item has one or more lines. */
export interface Section {
  readonly items: readonly string[];
  /** Follows the section before without a blank line. */
  readonly joined?: boolean;
  /** What may be left out; absent for a section that is shown whole. */
  readonly cut?: Cut;
}

interface Cut {
  /** Sections with a lower rank lose items first. */
  readonly rank: number;
  /** Items that stay in any case. */
  readonly least: number;
  /** The line in place of `left` items. */
  readonly more: (left: number) => string;
}

/**
 * Returns the sections, without those that have no item. Items are left out from the
 * end of a section until the text has at most `height` lines or no more can be left out.
 */
export function fit(sections: readonly Section[], height: number): string {
  const shown = sections.map(({ items }) => items.length);
  const order = sections
    .flatMap(({ cut }, index) => (cut ? [{ ...cut, index }] : []))
    .toSorted((left, right) => left.rank - right.rank);
  let text = textOf(sections, shown);
  for (const { index, least } of order) {
    while (linesOf(text) > height && (shown[index] ?? 0) > least) {
      shown[index] = (shown[index] ?? 0) - 1;
      text = textOf(sections, shown);
    }
  }
  return text;
}

function textOf(sections: readonly Section[], shown: readonly number[]): string {
  let text = "";
  for (const [index, { items, joined, cut }] of sections.entries()) {
    const left = items.length - (shown[index] ?? 0);
    const part = [...items.slice(0, shown[index]), ...(left > 0 && cut ? [cut.more(left)] : [])].join("\n");
    if (part !== "") text += `${text === "" ? "" : joined ? "\n" : "\n\n"}${part}`;
  }
  return text;
}

function linesOf(text: string): number {
  return text.split("\n").length;
}
