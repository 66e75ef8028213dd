/** Draws every scenario's speed relative to its baseline: one line each, with its interval and the margin. */
import { scaleLinear } from "d3-scale";
import { percentChange } from "../../core/units.ts";
import type { ScenarioVerdict, Comparison } from "../../core/results/verdict.ts";
import type { Markup } from "../markup.ts";
import { toneOf } from "../text/words.ts";
import { bar, dot, horizontal, vertical } from "./chart.ts";
import { ROW_HEIGHT, ROW_MIDDLE, rowsChart, type Row } from "./rows.ts";

/** Intervals are cut off at half and double, so that a very wide one does not flatten the others. Points never are. */
const WIDEST = Math.LN2;
const NARROWEST = Math.log(1.15);
/** Room between the outermost mark and the edge. */
const ROOM = 1.08;
const STEPS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10];

/** Returns undefined if nothing could be compared. */
export function versusChart(scenarios: readonly ScenarioVerdict[]): Markup | undefined {
  const compared = scenarios.flatMap((scenario) => {
    const found = scenario.comparisons.find(({ metric }) => metric === "throughput");
    return found ? [{ scenario, found }] : [];
  });
  if (compared.length === 0) return undefined;
  const far = Math.max(...compared.flatMap(({ found }) => [-found.interval.low, found.interval.high, found.margin]));
  const points = Math.max(...compared.map(({ found }) => Math.abs(found.effect.estimate)));
  const edge = Math.max(Math.min(WIDEST, far * ROOM), points * ROOM, NARROWEST);
  const x = scaleLinear([-edge, edge], [1, 99]).clamp(true);
  const ticks = STEPS.filter((step) => Math.abs(Math.log(step)) <= edge);
  return rowsChart(
    compared.map(({ scenario, found }) => row(scenario, found, x)),
    ticks.map((step) => ({ at: x(Math.log(step)), text: percentChange(Math.log(step)) })),
  );
}

function row({ name, verdict }: ScenarioVerdict, found: Comparison, x: (value: number) => number): Row {
  const { interval, effect, margin } = found;
  const tone = toneOf(verdict);
  return {
    name,
    value: percentChange(effect.estimate),
    tone,
    description: `${percentChange(effect.estimate)} (${percentChange(interval.low)} to ${percentChange(interval.high)}): ${verdict}`,
    content: [
      bar("margin", { from: x(-margin), to: x(margin) }, 0, ROW_HEIGHT),
      vertical("zero", x(0), 0, ROW_HEIGHT),
      horizontal(`range ${tone}`, { from: x(interval.low), to: x(interval.high) }, ROW_MIDDLE),
      dot(`point ${tone}`, x(effect.estimate), ROW_MIDDLE, 5),
    ],
  };
}
