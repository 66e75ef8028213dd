/**
 * Static charts as wide as their container: x is in percent of the width, y in pixels. Text and points keep their size
 * on every screen; only the nested drawing of lines and areas is stretched.
 */
import { markup, type Markup } from "../markup.ts";

export interface Chart {
  /** Description for screen readers. */
  readonly title: string;
  readonly description: string;
  /** Pixels. */
  readonly height: number;
  readonly content: readonly Markup[];
}

export function chart({ title, description, height, content }: Chart): Markup {
  return markup`<svg class="chart" role="img" width="100%" height="${height}"><title>${title}</title><desc>${description}</desc>${content}</svg>`;
}

/** Returns a path of d3-shape with x in percent, drawn over the whole width. */
export function path(className: string, d: string | null, height: number): Markup {
  if (d === null) return markup``;
  return markup`<svg width="100%" height="${height}" viewBox="0 0 100 ${height}" preserveAspectRatio="none" aria-hidden="true"><path class="${className}" d="${d}"/></svg>`;
}

export interface Span {
  /** Percent. */
  readonly from: number;
  readonly to: number;
}

export function bar(className: string, { from, to }: Span, y: number, height: number): Markup {
  const width = Math.max(to - from, 0);
  return markup`<rect class="${className}" x="${fixed(from)}%" y="${fixed(y)}" width="${fixed(width)}%" height="${fixed(height)}"/>`;
}

export function horizontal(className: string, { from, to }: Span, y: number): Markup {
  return markup`<line class="${className}" x1="${fixed(from)}%" x2="${fixed(to)}%" y1="${fixed(y)}" y2="${fixed(y)}"/>`;
}

export function vertical(className: string, x: number, from: number, to: number): Markup {
  return markup`<line class="${className}" x1="${fixed(x)}%" x2="${fixed(x)}%" y1="${fixed(from)}" y2="${fixed(to)}"/>`;
}

export function dot(className: string, x: number, y: number, radius: number): Markup {
  return markup`<circle class="${className}" cx="${fixed(x)}%" cy="${fixed(y)}" r="${radius}"/>`;
}

export type Anchor = "start" | "middle" | "end";

export function label(className: string, text: string, x: number, y: number, anchor: Anchor = "start"): Markup {
  return markup`<text class="${className}" x="${fixed(x)}%" y="${fixed(y)}" text-anchor="${anchor}">${text}</text>`;
}

export interface Tick {
  /** Percent on the x axis, pixels on the y axis. */
  readonly at: number;
  readonly text: string;
}

/** Minimum distance of two labels in percent: about 54 pixels on the narrowest chart, which is 300 wide. */
const LABEL_GAP = 18;
/** A label closer to an edge than this is aligned with the edge instead of centred. */
const EDGE = 8;

/** Draws vertical lines with labels at the bottom. Labels that would overlap are left out; their lines stay. */
export function xAxis(ticks: readonly Tick[], top: number, bottom: number): readonly Markup[] {
  let last = -Infinity;
  const labels = ticks.flatMap(({ at, text }) => {
    if (at - last < LABEL_GAP) return [];
    last = at;
    return [label("tick", text, at, bottom + 13, at < EDGE ? "start" : at > 100 - EDGE ? "end" : "middle")];
  });
  return [...xGrid(ticks, top, bottom), ...labels];
}

export function xGrid(ticks: readonly Tick[], top: number, bottom: number): readonly Markup[] {
  return ticks.map(({ at }) => vertical("grid", at, top, bottom));
}

/** The drawing's range in charts with labels on the left: 48 pixels of the narrowest chart hold "120,000". */
export const PLOT: Span = { from: 16, to: 100 };

/** Draws horizontal lines with labels on the left. */
export function yAxis(ticks: readonly Tick[]): readonly Markup[] {
  return ticks.flatMap(({ at, text }) => [
    horizontal("grid", PLOT, at),
    label("tick", text, PLOT.from - 2, at + 4, "end"),
  ]);
}

/** Formats two decimals: a hundredth of a pixel or of a percent. */
export function fixed(value: number): number {
  return Math.round(value * 100) / 100;
}
