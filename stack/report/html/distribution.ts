/** Draws the latencies of a scenario as a density on a logarithmic axis, with the baseline's behind them. */
import { JsHistogram, type Histogram } from "hdr-histogram-js";
import { scaleLinear, scaleLog } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { durationText } from "../text/figures.ts";
import { quantileOf } from "../../judge/stats/quantiles.ts";
import type { Markup } from "../markup.ts";
import { chart, fixed, label, path, vertical, xAxis } from "./chart.ts";

export interface Bin {
  /** Microseconds: the middle of the bin on the logarithmic axis. */
  readonly at: number;
  /** Share of all operations. */
  readonly share: number;
}

/** Fewer bins hide a second hump, more show the noise of a smoke run: 40 on a chart of some 300 pixels. */
const BINS = 40;

/**
 * Returns bins of equal width on a logarithmic axis. Each count is spread over the range of values that the histogram
 * cannot distinguish, so that fast operations in whole microseconds do not form a comb; then bins are smoothed by ¼ ½
 * ¼.
 */
export function densityOf(histogram: Histogram, from: number, to: number): readonly Bin[] {
  const width = Math.log(to / from) / BINS;
  const position = (value: number) => Math.log(value / from) / width;
  const shares = Array.from({ length: BINS }, () => 0);
  for (const { low, high, count } of countsOf(histogram)) {
    const [left, right] = [position(low), position(high)];
    for (let bin = Math.max(0, Math.floor(left)); bin < Math.min(BINS, right); bin += 1) {
      const overlap = Math.min(right, bin + 1) - Math.max(left, bin);
      shares[bin] = (shares[bin] ?? 0) + (count / histogram.totalCount) * (overlap / (right - left));
    }
  }
  return shares.map((share, index) => ({
    at: from * Math.exp((index + 0.5) * width),
    share: ((shares[index - 1] ?? 0) + 2 * share + (shares[index + 1] ?? 0)) / 4,
  }));
}

interface Count {
  /** Microseconds: the range of values counted as one. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

function countsOf(histogram: Histogram): readonly Count[] {
  if (!(histogram instanceof JsHistogram)) return [];
  const counts: Count[] = [];
  const values = histogram.recordedValuesIterator;
  values.reset();
  while (values.hasNext()) {
    const { valueIteratedTo, countAddedInThisIterationStep: count } = values.next();
    // An operation of less than a microsecond is counted as 0, which has no logarithm.
    const low = Math.max(0.5, histogram.lowestEquivalentValue(valueIteratedTo));
    counts.push({ low, high: Math.max(1, histogram.nextNonEquivalentValue(valueIteratedTo)), count });
  }
  return counts;
}

const HEIGHT = 132;
const TOP = 18;
const BOTTOM = 112;
/**
 * Percent of operations shown; the rest of the tail is in the table. An outlier of a second would press everything else
 * against the left edge.
 */
const SHOWN_PERCENT = 99.8;

/** Draws the chart; both histograms hold at least one operation. */
export function distributionChart(name: string, now: Histogram, before: Histogram | undefined): Markup {
  const all = before ? [now, before] : [now];
  const from = Math.max(1, Math.min(...all.map((each) => each.minNonZeroValue)) * 0.9);
  const to = Math.max(...all.map((each) => each.getValueAtPercentile(SHOWN_PERCENT)), from * 2) * 1.1;
  const x = scaleLog([from, to], [0, 100]);
  const densities = all.map((each) => densityOf(each, from, to));
  const most = Math.max(...densities.flat().map(({ share }) => share));
  const y = scaleLinear([0, most], [BOTTOM, TOP]);
  const draw = { x: ({ at }: Bin) => fixed(x(at)), y: ({ share }: Bin) => fixed(y(share)) };
  const filled = area<Bin>(draw.x, BOTTOM, draw.y).curve(curveMonotoneX);
  const outlined = line<Bin>(draw.x, draw.y).curve(curveMonotoneX);
  const [bins = [], binsBefore] = densities;
  return chart({
    title: `Latency of ${name}`,
    description: before ? `${percentiles(now)} In the baseline: ${percentiles(before)}` : percentiles(now),
    height: HEIGHT,
    content: [
      ...xAxis(latencyTicks(from, to, x), TOP, BOTTOM),
      path("area-now", filled([...bins]), HEIGHT),
      ...(binsBefore ? [path("line-before", outlined([...binsBefore]), HEIGHT)] : []),
      path("line-now", outlined([...bins]), HEIGHT),
      ...marks(now, x),
    ],
  });
}

/** Draws p50 and p95 as lines, with labels pointing away from each other, so that they never overlap. */
function marks(histogram: Histogram, x: (value: number) => number): readonly Markup[] {
  const found = [0.5, 0.95].map((q) => quantileOf(histogram, q)?.value);
  const [median, tail] = found.map((value) => (value === undefined ? undefined : x(value)));
  const left = median === undefined ? [] : [vertical("mark", median, TOP - 4, BOTTOM), ...text("p50", median, "end")];
  const right = tail === undefined ? [] : [vertical("mark", tail, TOP - 4, BOTTOM), ...text("p95", tail, "start")];
  return [...left, ...right];
}

/** Room of a label: 26 pixels, 9 % of the narrowest chart. */
const LABEL_ROOM = 9;

function text(name: string, at: number, side: "start" | "end"): readonly Markup[] {
  const room = side === "end" ? at : 100 - at;
  return room < LABEL_ROOM ? [] : [label("mark-label halo", name, at + (side === "end" ? -1 : 1), TOP - 6, side)];
}

const STEPS = [1, 2, 5];

function latencyTicks(from: number, to: number, x: (value: number) => number) {
  const powers = Array.from({ length: 9 }, (_, exponent) => 10 ** exponent);
  const round = powers.flatMap((power) => STEPS.map((step) => step * power));
  const wide = to / from > 100;
  return round
    .filter((value) => value >= from && value <= to && (!wide || powers.includes(value)))
    .map((value) => ({ at: x(value), text: tickText(value) }));
}

/** Formats a round tick: "200 µs", "5 ms". */
function tickText(us: number): string {
  if (us < 1000) return `${us} µs`;
  return us < 1_000_000 ? `${us / 1000} ms` : `${us / 1_000_000} s`;
}

function percentiles(histogram: Histogram): string {
  const known = [0.5, 0.95, 0.99].flatMap((q) => {
    const bounds = quantileOf(histogram, q);
    return bounds ? [`p${100 * q} ${durationText(bounds.value / 1000)}`] : [];
  });
  return `${known.join(", ") || "too few operations for percentiles"}, ${histogram.totalCount} operations.`;
}
