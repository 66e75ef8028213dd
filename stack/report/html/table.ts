/** The figures behind a chart, folded away. */
import { markup, type Markup } from "../markup.ts";

export type Cell = string | Markup;

/** The first column names the row; the others are figures. */
export function figures(summary: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  return markup`<details><summary>${summary}</summary>${table(summary, head, rows)}</details>`;
}

/** A table that scrolls by itself where it is wider than its place; reached and named for the keyboard. */
export function table(name: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const heads = head.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map(([first = "", ...others]) => {
    const cells = others.map((cell) => markup`<td>${cell}</td>`);
    return markup`<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  return markup`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}
