/** Baselines and the history as plain text, for `baseline show`, `baseline compare` and `baseline history`. */
import { percentChange } from "../../core/units.ts";
import { firstRun, type Baseline, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { BaselineQuality } from "../../core/results/baseline-quality.ts";
import { qualityText } from "./quality.ts";
import type { BaselineComparison, ComparedRow } from "../../core/results/comparison.ts";
import { isWorkMetric, type Comparison } from "../../core/results/verdict.ts";
import { describe } from "../../judge/verdict/conditions.ts";
import type { HistoryPoint, HistorySeries, LevelChange } from "../../core/results/history.ts";
import { renderFigures, renderResults } from "./results.ts";
import { resultsDocument } from "../../core/results/performance-results.ts";
import type { ReferenceBaseline } from "../../core/results/reference.ts";
import { lossOf } from "../../judge/stats/effect.ts";
import { cpuText, metricText } from "../text/figures.ts";
import { table } from "../text/table.ts";

/** Renders one baseline: how useful it is and every run of a recorded one, every row of a reference. */
export function renderBaseline(baseline: Baseline, quality?: BaselineQuality): string {
  switch (baseline.kind) {
    case "recorded":
      return renderRecorded(baseline, quality);
    case "reference":
      return renderReference(baseline);
  }
}

/** Renders two baselines: the differences of their conditions, then each metric with its interval. */
export function renderComparison(comparison: BaselineComparison): string {
  const isPredicted = comparison.rows.some(({ predicted }) => predicted !== undefined);
  const rows = comparison.rows.map(({ scenario, comparison: found, predicted, outcome }) => [
    scenario,
    found.metric,
    figure(found.metric, found.expected),
    ...(isPredicted ? [predicted === undefined ? "-" : figure(found.metric, predicted)] : []),
    figure(found.metric, found.now),
    changeText(found),
    `${Math.round(lossOf(found.margin) * 100)} %`,
    outcomeText(found.metric, outcome),
  ]);
  const head = [
    "scenario",
    "metric",
    comparison.left,
    ...(isPredicted ? ["predicted"] : []),
    comparison.right,
    "change",
    "margin",
    "outcome",
  ];
  const lines = [
    ...comparison.differences.map(
      (found) => `${found.breaks ? "not the same conditions" : "note"}: ${describe(found)}`,
    ),
    ...comparison.leftOut.map((name) => `${name} is not in both, or does different work`),
    ...(isPredicted
      ? [`predicted: what ${comparison.left} leads one to expect on the other machine, from both calibrations`]
      : []),
    table([head, ...rows]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Runs per scenario that the text shows; the JSON has all. */
const POINTS_SHOWN = 20;

/** Renders each scenario's runs, oldest first, and marks changes of the level; one table per set of conditions. */
export function renderHistory(series: readonly HistorySeries[], skipped: number): string {
  const notes = skipped === 0 ? [] : [`${skipped} line(s) of the history could not be read and are left out`];
  const tables = series.length === 0 ? ["No run was measured to its end yet."] : series.map(renderSeries);
  return `${[...notes, ...tables].join("\n\n")}\n`;
}

function renderSeries({ scenario, conditions, points }: HistorySeries): string {
  const shown = points.slice(-POINTS_SHOWN);
  const earlier = points.slice(0, -POINTS_SHOWN);
  const changes = earlier.flatMap(({ change, cpuChange }) => [change, cpuChange]).filter(Boolean).length;
  const hasCpu = shown.some(({ cpuUs }) => cpuUs !== undefined);
  const hasMachine = shown.some(({ machine }) => machine !== undefined);
  const [cpuHead, machineHead] = [hasCpu ? ["cpu/op"] : [], hasMachine ? ["machine"] : []];
  const rows = shown.map((point) => [
    point.at,
    point.command,
    point.throughput.toPrecision(4),
    point.p95Ms === undefined ? "-" : `${point.p95Ms.toPrecision(3)} ms`,
    ...(hasCpu ? [point.cpuUs === undefined ? "-" : cpuText(point.cpuUs)] : []),
    point.verdict,
    ...(hasMachine ? [point.machine?.state ?? "-"] : []),
    changeMarks(point),
  ]);
  const lines = [
    `${scenario}, conditions ${conditions}`,
    ...(earlier.length > 0 ? [`${earlier.length} earlier run(s) with ${changes} change(s) are not shown`] : []),
    table([["run", "command", "ops/s", "p95", ...cpuHead, "verdict", ...machineHead, "change"], ...rows]),
  ];
  return lines.join("\n");
}

/** "more cpu from here: 46 µs -> 61 µs, +33 % (p 0.001); slower from here: 1490 -> 1012, −32 % (p 0.001)". */
function changeMarks({ change, cpuChange }: HistoryPoint): string {
  const cpu = cpuChange && changeMark(cpuChange.after > cpuChange.before ? "more cpu" : "less cpu", cpuChange, cpuText);
  const speed =
    change && changeMark(change.after > change.before ? "faster" : "slower", change, (value) => value.toPrecision(4));
  return [cpu, speed].filter((mark) => mark !== undefined).join("; ");
}

function changeMark(word: string, { before, after, p }: LevelChange, text: (value: number) => string): string {
  const ratio = percentChange(Math.log(after / before));
  return `${word} from here: ${text(before)} -> ${text(after)}, ${ratio} (p ${p.toFixed(3)})`;
}

function renderRecorded(baseline: RecordedBaseline, quality: BaselineQuality | undefined): string {
  const { length } = baseline.runs;
  const head = `${baseline.name}: ${length === 1 ? "1 run" : `${length} runs`} of profile ${baseline.profile}, recorded ${baseline.recordedAt}`;
  // The first line is the verdict, and a baseline has none.
  const runs = baseline.runs.map((run, index) => {
    const document = resultsDocument(run);
    const text = renderResults(document, []).split("\n").slice(2).join("\n");
    return `Run ${index + 1} of ${length}\n${text}\n${renderFigures(document)}\n`;
  });
  const parts = [
    `${head}, machine ${firstRun(baseline).fingerprint.cpuModel}`,
    ...(quality ? [qualityText(quality, length)] : []),
    runs.join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderReference({ title, caution, date, machine, rows }: ReferenceBaseline): string {
  const cells = rows.map(({ service, operation, scenarios, throughput, unit, meanMs, p95Ms }) => [
    service,
    operation,
    throughput === undefined ? "-" : `${throughput} ${unit ?? "/s"}`,
    meanMs === undefined ? "-" : `${meanMs} ms`,
    p95Ms === undefined ? "-" : `${p95Ms} ms`,
    scenarios.join(", ") || "-",
  ]);
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const head = ["service", "operation", "throughput", "mean", "p95", "scenario"];
  return `${title} (${date}). ${caution}\n${facts.join(", ")}\n\n${table([head, ...cells])}\n`;
}

/** Work is shown as it changed; all else is a change of speed, of which more is better. */
export function changeText({ metric, effect, interval }: Comparison): string {
  const isWork = isWorkMetric(metric);
  const [low, high] = isWork ? [-interval.high, -interval.low] : [interval.low, interval.high];
  const change = percentChange(isWork ? -effect.estimate : effect.estimate);
  return `${change} [${percentChange(low)}, ${percentChange(high)}]`;
}

export function outcomeText(metric: Comparison["metric"], outcome: ComparedRow["outcome"]): string {
  if (!isWorkMetric(metric)) return outcome;
  return { slower: "more work", faster: "less work", same: outcome, unclear: outcome }[outcome];
}

function figure(metric: Comparison["metric"], value: number): string {
  if (isWorkMetric(metric) || metric === "time held back") return metricText(metric, value);
  return `${value.toPrecision(4)} ${metric === "throughput" ? "/s" : "ms"}`;
}
