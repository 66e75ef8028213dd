/** Draws the throughput of every block as a point, over the intervals of the two medians. */
import { scaleLinear } from "d3-scale";
import { rate, tickText } from "../text/figures.ts";
import { medianOf } from "../../judge/stats/median.ts";
import type { Markup } from "../markup.ts";
import { bar, chart, dot, horizontal, PLOT, yAxis } from "./chart.ts";

const HEIGHT = 96;
const TOP = 8;
const BOTTOM = 88;
/** The axis covers at least this range: noise of one percent must not look large. */
const LEAST_RANGE = 0.1;

/** `before`: the blocks of all runs of the baseline. Both are in operations a second. */
export function blocksChart(name: string, now: readonly number[], before: readonly number[]): Markup {
  const all = [...now, ...before];
  const middle = medianOf(now).median;
  const least = Math.min(...all, middle * (1 - LEAST_RANGE));
  const most = Math.max(...all, middle * (1 + LEAST_RANGE));
  const y = scaleLinear([least, most], [BOTTOM, TOP]);
  const x = scaleLinear([0, Math.max(now.length - 1, 1)], [PLOT.from + 3, PLOT.to - 2]);
  return chart({
    title: `Throughput of ${name} in each block`,
    description: `${now.length} blocks, ${rate(Math.min(...now))} to ${rate(Math.max(...now))} operations a second, median ${rate(middle)}.`,
    height: HEIGHT,
    content: [
      ...yAxis(y.ticks(3).map((value) => ({ at: y(value), text: tickText(value) }))),
      ...(before.length > 0 ? band("before", before, y) : []),
      ...band("now", now, y),
      ...now.map((value, index) => dot("dot-now", x(index), y(value), 3)),
    ],
  });
}

function band(when: "now" | "before", values: readonly number[], y: (value: number) => number): readonly Markup[] {
  const { median, interval } = medianOf(values);
  const high = y(interval?.high ?? median);
  return [
    ...(interval ? [bar(`band-${when}`, PLOT, high, Math.max(1, y(interval.low) - high))] : []),
    horizontal(`line-${when}`, PLOT, y(median)),
  ];
}
