/** A collapsible table of the figures behind a chart. */
import { markup, type Markup } from "../markup.ts";

export type Cell = string | Markup;

/** The first column names the row; the others are figures. */
export function figures(summary: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  return markup`<details><summary>${summary}</summary>${table(summary, head, rows)}</details>`;
}

/** A table that scrolls on its own if it is too wide; it can be focused and has a name, for keyboard users. */
export function table(name: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const heads = head.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map(([first = "", ...others]) => {
    const cells = others.map((cell) => markup`<td>${cell}</td>`);
    return markup`<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  return markup`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}
