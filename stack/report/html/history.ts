/** The section on past runs: every scenario's throughput, and where its level changed. */
import { scenarioNames } from "../../core/results/baseline.ts";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { rate, tickText, whenText } from "../text/figures.ts";
import { percentChange } from "../../core/units.ts";
import { markup, type Markup } from "../markup.ts";
import { chart, dot, fixed, horizontal, label, path, PLOT, vertical, yAxis } from "./chart.ts";
import type { HistoryEntry } from "../../core/results/history.ts";
import type { Change } from "../../core/results/report-input.ts";
import { figures } from "./table.ts";

const HEIGHT = 96;
const TOP = 20;
const BOTTOM = 88;
/** More points cannot be distinguished on a card. */
const RUNS_SHOWN = 60;

/** Returns undefined if there are fewer than two runs. */
export function historySection(history: readonly HistoryEntry[], changes: readonly Change[]): Markup | undefined {
  if (history.length < 2) return undefined;
  const names = scenarioNames(history);
  const hidden = Math.max(0, history.length - RUNS_SHOWN);
  const shown = history.slice(hidden);
  const cards = names.map((name) => {
    const own = changes.filter(({ scenario }) => scenario === name);
    return card(
      name,
      pointsOf(shown, name),
      own.map((change) => ({ ...change, index: change.index - hidden })),
    );
  });
  const [first, last] = [shown[0], shown.at(-1)];
  const head = ["run", "command", "verdict", ...names];
  const rows = shown.toReversed().map((entry) => [
    whenText(entry.at),
    entry.command,
    entry.verdict,
    ...names.map((name) => {
      const found = entry.scenarios.find((scenario) => scenario.name === name);
      return found ? rate(found.throughput) : "\u2013";
    }),
  ]);
  return markup`<section aria-labelledby="history"><h2 id="history">History</h2>
<p class="lead">Operations a second in ${shown.length} runs, ${first?.at.slice(0, 10)} to ${last?.at.slice(0, 10)}.</p>
<p class="legend"><span class="key latest">the latest run</span><span class="key change">from here on another speed</span><span class="key break">from here on other conditions</span></p>
<div class="cards small">${cards}</div>
${figures("Runs", head, rows)}</section>`;
}

interface Point {
  readonly index: number;
  readonly throughput: number;
  readonly conditions: string;
}

function pointsOf(history: readonly HistoryEntry[], name: string): readonly Point[] {
  return history.flatMap(({ scenarios, conditions }, index) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    return found ? [{ index, throughput: found.throughput, conditions }] : [];
  });
}

function card(name: string, points: readonly Point[], changes: readonly Change[]): Markup {
  const toldOf = (of: Change["of"]) =>
    changes.filter((change) => change.of === of).map(({ before, after }) => percentChange(Math.log(after / before)));
  const [told, cpu] = [toldOf("throughput"), toldOf("cpu per operation")];
  const last = points.at(-1);
  const value = markup`<span class="figure">${last ? rate(last.throughput) : ""} ops/s</span>`;
  const notes = [
    ...(cpu.length === 0 ? [] : [`cpu per operation changed by ${cpu.join(", then by ")}`]),
    ...(told.length === 0 ? [] : [`changed by ${told.join(", then by ")}`]),
  ];
  const note = notes.map((text) => markup`<p class="sub">${text}</p>`);
  return markup`<article class="card"><header><h3>${name}</h3>${value}</header><figure>${drawing(name, points, changes)}</figure>${note}</article>`;
}

function drawing(name: string, points: readonly Point[], changes: readonly Change[]): Markup {
  const values = points.map(({ throughput }) => throughput);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const y = scaleLinear([Math.min(least, most * 0.9), most], [BOTTOM, TOP]);
  const lastIndex = Math.max(1, ...points.map(({ index }) => index));
  const x = scaleLinear([0, lastIndex], [PLOT.from + 3, PLOT.to - 2]);
  const between = line<Point>(
    ({ index }) => fixed(x(index)),
    ({ throughput }) => fixed(y(throughput)),
  );
  const marked = changes.filter(({ of, index }) => of === "throughput" && index > 0 && index <= lastIndex);
  return chart({
    title: `Throughput of ${name} over past runs`,
    description: `${rate(least)} to ${rate(most)} operations a second in ${points.length} runs, ${marked.length} changes.`,
    height: HEIGHT,
    content: [
      ...yAxis(y.ticks(3).map((value) => ({ at: y(value), text: tickText(value) }))),
      ...breaks(points).map((index) => vertical("break", x(index - 0.5), TOP - 6, BOTTOM)),
      path("line-quiet", between([...points]), HEIGHT),
      ...marked.flatMap((change) => changeMark(change, x, y, lastIndex)),
      ...points.map(({ index, throughput }) =>
        dot(index === lastIndex ? "dot-now" : "dot-past", x(index), y(throughput), index === lastIndex ? 4 : 2.5),
      ),
    ],
  });
}

function changeMark(
  { index, before, after }: Change,
  x: (value: number) => number,
  y: (value: number) => number,
  lastIndex: number,
): readonly Markup[] {
  const at = x(index - 0.5);
  const clamped = (value: number) => Math.max(TOP, Math.min(BOTTOM, y(value)));
  return [
    vertical("change", at, TOP - 6, BOTTOM),
    horizontal("level", { from: x(0), to: at }, clamped(before)),
    horizontal("level", { from: at, to: x(lastIndex) }, clamped(after)),
    label("change-label halo", percentChange(Math.log(after / before)), at, TOP - 8, at > 50 ? "end" : "start"),
  ];
}

/** Returns the positions at which the conditions change: figures before and after do not compare. */
function breaks(points: readonly Point[]): readonly number[] {
  return points
    .filter(({ conditions }, index) => index > 0 && points[index - 1]?.conditions !== conditions)
    .map(({ index }) => index);
}
