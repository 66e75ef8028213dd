/** A chart of named rows over one axis. Names and figures are text of the page, so that they wrap on narrow screens. */
import { markup, type Markup } from "../markup.ts";
import { chart, xAxis, xGrid, type Tick } from "./chart.ts";

export interface Row {
  readonly name: string;
  readonly value: string;
  /** CSS class of the row, which sets its colour. */
  readonly tone: string;
  /** Description for screen readers. */
  readonly description: string;
  /** Drawn around y = 11; the row is `ROW_HEIGHT` high. */
  readonly content: readonly Markup[];
}

export const ROW_HEIGHT = 22;
export const ROW_MIDDLE = ROW_HEIGHT / 2;
const AXIS_HEIGHT = 18;

export function rowsChart(rows: readonly Row[], ticks: readonly Tick[]): Markup {
  const drawn = rows.map(({ name, value, tone, description, content }) => {
    const grid = xGrid(ticks, 0, ROW_HEIGHT);
    const drawing = chart({ title: name, description, height: ROW_HEIGHT, content: [...grid, ...content] });
    return markup`<div class="row"><span class="row-name">${name}</span><span class="row-value ${tone}">${value}</span>${drawing}</div>`;
  });
  const axis = chart({
    title: "Axis",
    description: ticks.map(({ text }) => text).join(", "),
    height: AXIS_HEIGHT,
    content: xAxis(ticks, 0, 4),
  });
  return markup`<div class="rows">${drawn}<div class="row">${axis}</div></div>`;
}
