/** Lines for terminals of 100 columns. */

export const WIDTH = 100;

/** Breaks a line at blanks; further lines begin with `indent`. A word that is longer than a line stays whole. */
export function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  // Each word with the blanks before it, so that columns stay where they are. Without those at the end, where a search
  // would begin at each and find no word.
  for (const word of text.trimEnd().match(/\s*\S+/g) ?? []) {
    if (line === "" || line.length + word.length <= WIDTH) line += word;
    else {
      lines.push(line);
      line = `${indent}${word.trimStart()}`;
    }
  }
  return [...lines, line].join("\n");
}
