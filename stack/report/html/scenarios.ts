/** One card per scenario: its figures, its latencies, its blocks. */
import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import { isMeasured, scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import { cpuText, durationText, rate } from "../text/figures.ts";
import { coresText } from "../text/machine.ts";
import { percentOf, percentChange } from "../../core/units.ts";
import { explainExpectation } from "../measurement/results.ts";
import { NO_FIGURE, workRows } from "../measurement/scenario-text.ts";
import { CPU_PER_OPERATION } from "../../judge/work.ts";
import { summaryOf, type ScenarioSummary } from "../../judge/summary.ts";
import { medianOf } from "../../judge/stats/median.ts";
import type { QuantileBounds } from "../../judge/stats/quantiles.ts";
import type { ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";
import { markup, type Markup } from "../markup.ts";
import { causeWord, decidedText, openText, toneOf } from "../text/words.ts";
import { blocksChart } from "./blocks.ts";
import { distributionChart } from "./distribution.ts";
import { figures } from "./table.ts";

export function scenariosSection(
  run: SmokeRun,
  verdict: VerdictReport | undefined,
  baseline: RecordedBaseline | undefined,
): Markup {
  const cards = run.scenarios.map((scenario) => {
    const judged = verdict?.scenarios.find(({ name }) => name === scenario.name);
    const now = isMeasured(scenario) ? sideOf([scenario]) : undefined;
    const before = baseline && sideOf(scenarioRuns(baseline, scenario.name));
    return now ? measuredCard(now, before, judged) : emptyCard(scenario, judged);
  });
  const before = baseline ? markup`<span class="key before">baseline</span>` : undefined;
  return markup`<section aria-labelledby="scenarios"><h2 id="scenarios">Scenarios</h2>
<p class="legend"><span class="key now">this run</span>${before}<span>Latency of every operation on a logarithmic axis; throughput of every block with the median and its interval of 95 %.</span></p>
<div class="cards">${cards}</div></section>`;
}

/** One side of the comparison, with its latencies decoded once. */
interface Side {
  readonly scenario: MeasuredScenario;
  readonly histogram: Histogram;
  readonly summary: ScenarioSummary;
}

/** Merges all runs; undefined if nothing was measured. */
function sideOf(runs: readonly MeasuredScenario[]): Side | undefined {
  const [first] = runs;
  const [histogram, ...others] = runs.map((run) => decodeFromCompressedBase64(run.histogram));
  if (first === undefined || histogram === undefined) return undefined;
  for (const other of others) histogram.add(other);
  const scenario = { ...first, blocks: runs.flatMap(({ blocks }) => blocks) };
  if (scenario.blocks.length === 0 || histogram.totalCount === 0) return undefined;
  return { scenario, histogram, summary: summaryOf(scenario, histogram) };
}

const BLOCKS = "Throughput by block, operations a second";

function measuredCard(now: Side, before: Side | undefined, judged: ScenarioVerdict | undefined): Markup {
  const { scenario, histogram, summary } = now;
  const columns = ["", "this run", ...(before ? ["baseline"] : [])];
  return markup`<article class="card">${head(scenario, judged)}
${headline(summary, judged)}
${figure("Latency", distributionChart(scenario.name, histogram, before?.histogram))}
${figure(BLOCKS, blocksChart(scenario.name, throughputs(now), throughputs(before)))}
${remarks(scenario, judged)}
${workFigures(scenario, judged)}
${figures("Figures", columns, rowsOf(now, before))}
${figures("Blocks", [...TIME_COLUMNS, ...WORK_COLUMNS], blockRows(scenario))}</article>`;
}

const TIME_COLUMNS = ["block", "ops/s", "operations", "mean", "p50", "p95"];
const WORK_COLUMNS = ["client cpu", "server cpu/op", "cpu of others", "held back"];

/** Work per operation beside time: what it was, what it is, and how certain the change is. */
function workFigures(scenario: MeasuredScenario, judged: ScenarioVerdict | undefined): Markup | undefined {
  const comparisons = judged?.comparisons ?? [];
  const rows = workRows(scenario, comparisons);
  if (rows.length === 0) return undefined;
  const isCompared = rows.some(([, , before]) => before !== NO_FIGURE);
  const head = ["per operation", "this run", ...(isCompared ? ["baseline", "change, interval", "margin"] : [])];
  return figures(
    "Work per operation",
    head,
    rows.map(([name, now, ...compared]) => [name, now, ...(isCompared ? compared : [])]),
  );
}

function throughputs(side: Side | undefined): readonly number[] {
  return side?.scenario.blocks.map(({ throughput }) => throughput) ?? [];
}

function emptyCard(scenario: ScenarioResult, judged: ScenarioVerdict | undefined): Markup {
  const reason = scenario.status === "measured" ? "No block was measured yet." : scenario.reason;
  const blocks = scenario.status === "unsteady" ? scenario.blocks.map(({ throughput }) => throughput) : [];
  return markup`<article class="card">${head(scenario, judged)}<p class="remark">${reason}</p>
${blocks.length > 0 ? figure(BLOCKS, blocksChart(scenario.name, blocks, [])) : undefined}</article>`;
}

function head(scenario: ScenarioResult, judged: ScenarioVerdict | undefined): Markup {
  const { name, title, clients, effect, status, ratePerS } = scenario;
  const load = ratePerS === undefined ? "" : ` · ${rate(ratePerS)} requests/s`;
  const word = judged ? decidedText(judged) : status;
  const tone = status === "failed" ? "bad" : toneOf(judged?.verdict);
  return markup`<header><h3>${name}</h3><span class="badge ${tone}">${word}</span></header>
<p class="sub">${title === name ? "" : `${title} · `}${effect} · ${clients} ${clients === 1 ? "client" : "clients"}${load}</p>`;
}

function headline(summary: ScenarioSummary, judged: ScenarioVerdict | undefined): Markup {
  const { throughput, p50, p95, p99, cpuUs } = summary;
  const cpu = judged?.comparisons.find(({ metric }) => metric === CPU_PER_OPERATION);
  const cpuValue =
    cpuUs === undefined ? NONE : `${cpuText(cpuUs)}${cpu ? ` ${percentChange(-cpu.effect.estimate)}` : ""}`;
  const found = judged?.comparisons.find(({ metric }) => metric === "throughput");
  const change =
    found && markup` <b class="${toneOf(judged?.verdict)}">${percentChange(found.effect.estimate)}</b> on baseline`;
  return markup`<p class="headline"><strong>${rate(throughput)}</strong> ops/s${change}</p>
<dl class="inline">${pair("interval", intervalText(summary))}${pair("p50", latency(p50))}${pair("p95", latency(p95))}${pair("p99", latency(p99))}${pair("cpu/op", cpuValue)}</dl>`;
}

function pair(name: string, value: string): Markup | undefined {
  return value === NONE ? undefined : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function figure(caption: string, drawing: Markup): Markup {
  return markup`<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;
}

/** Returns the reason of the verdict, what to do, and what to be careful with. */
function remarks({ notes }: MeasuredScenario, judged: ScenarioVerdict | undefined): readonly Markup[] {
  const open = judged && openText(judged);
  const silent = judged === undefined || judged.verdict === "no baseline";
  const texts = [
    ...(silent || judged.reason === "" ? [] : [judged.reason]),
    ...(judged?.cause === undefined ? [] : [causeText(judged.verdict, judged.cause)]),
    ...(judged ? explainExpectation(judged) : []),
    ...(open === undefined ? [] : [sentence(open)]),
    ...notes,
  ];
  return texts.map((text) => markup`<p class="remark">${text}</p>`);
}

function causeText(
  verdict: ScenarioVerdict["verdict"],
  { kind, evidence, next }: NonNullable<ScenarioVerdict["cause"]>,
): string {
  return `${sentence(`${causeWord(verdict)}: ${kind}: ${evidence}`)} Next: ${next}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function rowsOf(now: Side, before: Side | undefined): readonly (readonly string[])[] {
  const sides = before ? [now, before] : [now];
  const row = (name: string, read: (side: Side) => string) => [name, ...sides.map(read)];
  return [
    row("ops/s, median of blocks", ({ summary }) => rate(summary.throughput)),
    row("interval of 95 %", ({ summary }) => intervalText(summary)),
    row("blocks", ({ summary }) => String(summary.blocks)),
    row("operations", ({ summary }) => summary.operations.toLocaleString("en-US")),
    row("p50", ({ summary }) => latency(summary.p50)),
    row("p95", ({ summary }) => latency(summary.p95)),
    row("p99", ({ summary }) => latency(summary.p99)),
    row("slowest", ({ histogram }) => durationText(histogram.maxValue / 1000)),
    ...loadToolRow(now, before),
    ...Object.keys(now.scenario.parameters).map((name) =>
      row(name, ({ scenario }) => String(scenario.parameters[name] ?? NONE)),
    ),
  ];
}

/** The same operation measured by the server's own load tool in its container; no columns if it measured nothing. */
function loadToolRow(now: Side, before: Side | undefined): readonly (readonly string[])[] {
  const { native } = now.scenario;
  if (native?.status !== "measured") return [];
  const throughput = ({ scenario }: Side) =>
    scenario.native?.status === "measured"
      ? rate(medianOf(scenario.native.runs.map((run) => run.throughput)).median)
      : NONE;
  return [[`ops/s by ${native.tool} in the container`, ...[now, ...(before ? [before] : [])].map(throughput)]];
}

function blockRows({ blocks }: MeasuredScenario): readonly (readonly string[])[] {
  return blocks.map(({ throughput, operations, meanMs, p50Ms, p95Ms, loaderCpu, work, machine }, index) => [
    String(index + 1),
    rate(throughput),
    operations.toLocaleString("en-US"),
    durationText(meanMs),
    durationText(p50Ms),
    p95Ms === undefined ? "-" : durationText(p95Ms),
    percentOf(loaderCpu),
    work === undefined ? NONE : cpuText(work.serverCpuUs),
    machine === undefined ? NONE : coresText(machine.otherCores),
    machine === undefined ? NONE : percentOf(machine.heldBack),
  ]);
}

const NONE = "\u2013";

function intervalText({ low, high }: ScenarioSummary): string {
  return low === undefined || high === undefined ? NONE : `${rate(low)} to ${rate(high)}`;
}

function latency(bounds: QuantileBounds | undefined): string {
  return bounds === undefined ? NONE : durationText(bounds.value / 1000);
}
