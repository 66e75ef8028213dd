/** The scenarios of a run as tables of text. Pure. */
import { isMeasured } from "../../core/results/baseline.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import type { Comparison, ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";
import { percentChange } from "../../core/units.ts";
import type { QuantileBounds } from "../../judge/stats/quantiles.ts";
import { summaryOf } from "../../judge/summary.ts";
import { CPU_PER_OPERATION, workFigure, workMetrics } from "../../judge/work.ts";
import { cpuText, durationText, metricText, rate } from "../text/figures.ts";
import { table } from "../text/table.ts";
import { decidedText } from "../text/words.ts";

/** In short: one line per scenario, with what a verdict needs. */
export function scenarioTable(run: SmokeRun, verdict: VerdictReport | undefined): string {
  const isCompared = (verdict?.scenarios ?? []).some(({ comparisons }) => comparisons.length > 0);
  const isCounted = run.scenarios.some((scenario) => isMeasured(scenario) && scenario.blocks.some(({ work }) => work));
  const rows = run.scenarios.map((scenario) => {
    const judged = judgedOf(scenario, verdict);
    const cells =
      isMeasured(scenario) && scenario.blocks.length > 0 ? cellsOf(scenario, judged, isCompared) : undefined;
    const [throughput, change, p50, p95, cpu] = cells ?? ["-", "-", "-", "-", "-"];
    return [scenario.name, throughput, change, p50, p95, ...(isCounted ? [cpu] : []), wordOf(scenario, judged)];
  });
  const change = isCompared ? "vs baseline" : "95 % interval";
  return table([["scenario", "ops/s", change, "p50", "p95", ...(isCounted ? ["cpu/op"] : []), "verdict"], ...rows]);
}

/** In full: the intervals, all percentiles, and the sizes of the samples. */
export function figureTable({ scenarios }: SmokeRun): string {
  const rows = scenarios.filter(isMeasured).map((scenario) => {
    const { p50, p95, p99, blocks, operations, ...summary } = summaryOf(scenario);
    const latencies = [p50, p95, p99].map(latency);
    const counts = [blocks, operations].map((count) => count.toLocaleString("en-US"));
    return [scenario.name, rate(summary.throughput), intervalText(summary), ...latencies, ...counts];
  });
  if (rows.length === 0) return "";
  return table([["scenario", "ops/s", "95 % interval", "p50", "p95", "p99", "blocks", "operations"], ...rows]);
}

/** In full: work per operation, with its change where the baseline has it. Empty if nothing was counted. */
export function workTable({ scenarios }: SmokeRun, verdict: VerdictReport | undefined): string {
  const rows = scenarios.filter(isMeasured).flatMap((scenario) => {
    const { comparisons = [] } = judgedOf(scenario, verdict) ?? {};
    return workRows(scenario, comparisons).map((cells, index) => [index === 0 ? scenario.name : "", ...cells]);
  });
  if (rows.length === 0) return "";
  return table([["scenario", "per operation", "now", "baseline", "change", "margin"], ...rows]);
}

/** Stands for a figure that is unknown. */
export const NO_FIGURE = "-";

/** Returns name, figure, the baseline's, change with its interval, and margin of each figure; "-" where unknown. */
export function workRows(
  { blocks }: MeasuredScenario,
  comparisons: readonly Comparison[],
): readonly (readonly [name: string, now: string, before: string, change: string, margin: string])[] {
  return workMetrics(blocks).map((metric) => {
    const name = metric.replace(/ per operation$/, "");
    const now = metricText(metric, workFigure(blocks, metric) ?? 0);
    const found = comparisons.find((comparison) => comparison.metric === metric);
    if (found === undefined) return [name, now, NO_FIGURE, NO_FIGURE, NO_FIGURE] as const;
    const { effect, interval, expected, margin } = found;
    // An effect is signed so that more is better; a count is shown as it changed.
    const change = `${percentChange(-effect.estimate)} ${rangeText({ low: -interval.high, high: -interval.low })}`;
    return [name, now, metricText(metric, expected), change, percentChange(margin)] as const;
  });
}

/** Returns each figure of work as "46 µs (+3 %)", without the change where it is unknown; cpu comes first. */
export function workFigures(
  { blocks }: MeasuredScenario,
  comparisons: readonly Comparison[],
): readonly { readonly name: string; readonly text: string }[] {
  return workMetrics(blocks).map((metric) => {
    const now = metricText(metric, workFigure(blocks, metric) ?? 0);
    const found = comparisons.find((comparison) => comparison.metric === metric);
    return {
      name: metric.replace(/ per operation$/, ""),
      text: found === undefined ? now : `${now} (${percentChange(-found.effect.estimate)})`,
    };
  });
}

function judgedOf({ name }: ScenarioResult, verdict: VerdictReport | undefined): ScenarioVerdict | undefined {
  return verdict?.scenarios.find((judged) => judged.name === name);
}

function wordOf({ status }: ScenarioResult, judged: ScenarioVerdict | undefined): string {
  if (status === "unsteady" || judged === undefined) return status;
  return decidedText(judged);
}

function cellsOf(scenario: MeasuredScenario, judged: ScenarioVerdict | undefined, isCompared: boolean) {
  const { p50, p95, cpuUs, ...summary } = summaryOf(scenario);
  const change = isCompared ? versus(comparisonOf(judged, "throughput")) : intervalText(summary);
  const cpu = cpuUs === undefined ? "-" : `${cpuText(cpuUs)}${cpuChange(comparisonOf(judged, CPU_PER_OPERATION))}`;
  return [rate(summary.throughput), change, latency(p50), latency(p95), cpu] as const;
}

function comparisonOf(judged: ScenarioVerdict | undefined, metric: Comparison["metric"]): Comparison | undefined {
  return judged?.comparisons.find((comparison) => comparison.metric === metric);
}

/** " +3 %": more cpu than in the baseline. */
function cpuChange(comparison: Comparison | undefined): string {
  return comparison === undefined ? "" : ` ${percentChange(-comparison.effect.estimate)}`;
}

function versus(comparison: Comparison | undefined): string {
  if (comparison === undefined) return "-";
  const { effect, interval } = comparison;
  return `${percentChange(effect.estimate)} ${rangeText(interval)}`;
}

/** "[−13, +2]", in percent. */
function rangeText({ low, high }: Comparison["interval"]): string {
  return `[${[low, high].map((end) => percentChange(end).replace(" %", "")).join(", ")}]`;
}

function intervalText({ low, high }: { readonly low: number | undefined; readonly high: number | undefined }): string {
  return low === undefined || high === undefined ? "-" : `${rate(low)} .. ${rate(high)}`;
}

function latency(bounds: QuantileBounds | undefined): string {
  return bounds === undefined ? "-" : durationText(bounds.value / 1000);
}
