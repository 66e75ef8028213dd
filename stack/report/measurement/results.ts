/** The document of one run and its plain text. Pure: the text is a function of the document. */
import { percentChange } from "../../core/units.ts";
import { summaryOf } from "../../judge/summary.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import { referenceRows } from "../../core/results/baseline.ts";
import { METHOD, type ScenarioResult, type SmokeRun } from "../../core/results/measurement.ts";
import { figureTexts } from "../../core/results/figures.ts";
import { loadToolSection } from "./load-tool-text.ts";
import type { ReferenceBaseline } from "../../core/results/reference.ts";
import { type QuantileBounds } from "../../judge/stats/quantiles.ts";
import { printable } from "../text/printable.ts";
import { table } from "../text/table.ts";
import { durationText, rate, warmedText } from "../text/figures.ts";
import type { Comparison, ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";

/** Smaller differences between prediction and baseline are not reported. */
const NOTABLE_SHIFT = 0.05;

/** Renders plain text: the verdict, one line per scenario, then notes. No colour, no clock. */
export function renderResults(document: ResultsDocument, references: readonly ReferenceBaseline[]): string {
  const { run, verdict } = document;
  const sections = [
    headline(run, verdict),
    scenarioTable(run, verdict),
    loadToolSection(run),
    verdict?.verdict === "no baseline" ? firstRun(run, references) : "",
    details(run, verdict),
    conditions(run),
  ];
  return printable(`${sections.filter((section) => section !== "").join("\n\n")}\n`);
}

function headline(run: SmokeRun, verdict: VerdictReport | undefined): string {
  if (verdict === undefined) return "Verdict: none yet, the run goes on or was interrupted";
  const against = verdict.baseline && ` (baseline ${verdict.baseline.name}, recorded ${verdict.baseline.recordedAt})`;
  const first = `Verdict: ${verdict.summary}${against ?? ""}`;
  return run.complete ? first : `${first}\nThe run is incomplete.`;
}

function scenarioTable(run: SmokeRun, verdict: VerdictReport | undefined): string {
  const head = ["scenario", "ops/s", "95 % interval", "p50", "p95", "p99", "blocks", "vs baseline", "verdict"];
  const rows = run.scenarios.map((scenario) => {
    const judged = verdict?.scenarios.find(({ name }) => name === scenario.name);
    const word = scenario.status === "unsteady" ? scenario.status : (judged?.verdict ?? scenario.status);
    if (scenario.status !== "measured") return [scenario.name, "-", "-", "-", "-", "-", "-", "-", word];
    const { throughput, low, high, p50, p95, p99, blocks } = summaryOf(scenario);
    const interval = low === undefined || high === undefined ? "-" : `${rate(low)} .. ${rate(high)}`;
    const change = versus(judged?.comparisons.find(({ metric }) => metric === "throughput"));
    return [
      scenario.name,
      rate(throughput),
      interval,
      latency(p50),
      latency(p95),
      latency(p99),
      String(blocks),
      change,
      word,
    ];
  });
  return table([head, ...rows]);
}

/** The first run on a machine: there is no baseline, so references measured elsewhere are shown. */
function firstRun(run: SmokeRun, references: readonly ReferenceBaseline[]): string {
  const rows = run.scenarios.flatMap(({ name }) =>
    referenceRows(references, name).map(({ throughput, unit, meanMs, p95Ms, operation }) => [
      name,
      operation,
      throughput === undefined ? "-" : `${rate(throughput)} ${unit ?? "/s"}`,
      meanMs === undefined ? "-" : `${meanMs} ms`,
      p95Ms === undefined ? "-" : `${p95Ms} ms`,
    ]),
  );
  const offer =
    run.fingerprint.method === METHOD
      ? "This profile has no baseline on this machine yet. If these figures are right, record them as the expectation:\n" +
        "  npm run baseline -- record"
      : "Baselines are of closed loops: there is nothing to compare these figures with.";
  if (rows.length === 0) return offer;
  const titles = references.map(({ title, caution }) => `${title}. ${caution}`).join("\n");
  const shown = table([["scenario", "operation there", "throughput", "mean", "p95"], ...rows]);
  return `${offer}\n\nFor orientation only, measured elsewhere and never tested against:\n${titles}\n${shown}`;
}

function details(run: SmokeRun, verdict: VerdictReport | undefined): string {
  const lines = [
    ...(verdict?.scenarios ?? []).flatMap(explainVerdict),
    ...(verdict?.scenarios ?? []).flatMap(explainExpectation),
    ...run.scenarios.flatMap(notesOf),
    ...skipped(run.scenarios),
    ...(verdict?.warnings ?? []).map((text) => `warning: ${text}`),
    ...run.warnings.map((text) => `warning: ${text}`),
    ...(run.calibration?.notes ?? []),
  ];
  return lines.join("\n");
}

function explainVerdict({ name, verdict, reason, cause, blocksNeeded }: ScenarioVerdict): readonly string[] {
  if (verdict === "meets" || verdict === "no baseline" || verdict === "not measured") return [];
  const lines = [`${name}: ${verdict}: ${reason}`];
  if (cause !== undefined) lines.push(`  likely cause: ${cause.kind}: ${cause.evidence}`, `  next: ${cause.next}`);
  if (blocksNeeded !== undefined) lines.push(`  about ${blocksNeeded} blocks would decide: give the run more time`);
  return lines;
}

/** Explains predictions that differ from the baseline by more than a few percent. */
export function explainExpectation({ name, comparisons }: ScenarioVerdict): readonly string[] {
  return comparisons
    .filter(({ metric, prediction: { shift } }) => metric === "throughput" && Math.abs(shift) > NOTABLE_SHIFT)
    .map(({ expected, prediction: { shift, changes } }) => {
      const [change] = changes;
      const why = change && `: ${change.what} takes ${Math.exp(change.logRatio).toFixed(2)} times as long`;
      return `${name}: ${rate(expected * Math.exp(-shift))} ops/s are predicted here, the baseline has ${rate(expected)}${why ?? ""}`;
    });
}

function notesOf(scenario: ScenarioResult): readonly string[] {
  switch (scenario.status) {
    case "measured":
      return scenario.notes.map((note) => `${scenario.name}: ${note}`);
    case "unsteady":
      return [`${scenario.name}: unsteady: ${scenario.reason}`];
    case "failed":
    case "skipped":
      return [];
  }
}

/** Returns one line per reason, with all scenarios that share it. */
function skipped(scenarios: readonly ScenarioResult[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const scenario of scenarios) {
    if (scenario.status !== "skipped") continue;
    names.set(scenario.reason, [...(names.get(scenario.reason) ?? []), scenario.name]);
  }
  return [...names].map(([reason, of]) => `not measured: ${of.join(", ")}: ${reason}`);
}

function conditions({
  profile,
  startedAt,
  elapsedS,
  budgetS,
  margin,
  plan,
  fingerprint,
  calibration,
  loaderPeakRssMib,
}: SmokeRun): string {
  const { cpuModel, cpus, memoryMib, architecture, runtime, engineVersion, storageDriver, vantage, method } =
    fingerprint;
  const client = calibration && [
    `arithmetic ${calibration.cpuMs.toFixed(1)} ms`,
    `loopback round trip ${durationText(calibration.loopbackRttMs)}`,
  ];
  const inside = calibration ? figureTexts(calibration) : [];
  return [
    `profile ${profile}, started ${startedAt}, ${elapsedS} s of ${budgetS} s, margin ${Math.round(margin * 100)} %`,
    `machine ${cpuModel}, ${cpus} cpus, ${memoryMib} MiB, ${architecture}; ${runtime}, engine ${engineVersion}, ${storageDriver}`,
    `method ${method}, from the ${vantage}; warm-up ${plan.warmupMs} ms, window ${plan.windowMs} ms, looks after ${plan.looks.join(", ")} blocks`,
    ...(plan.warmedMs ? [`load before anything counted: ${warmedText(plan.warmedMs)}`] : []),
    ...(client ? [`client ${client.join(", ")}`] : []),
    ...(inside.length > 0 ? [`calibration ${inside.join(", ")}`] : []),
    ...(loaderPeakRssMib === undefined ? [] : [`load generator: at most ${loaderPeakRssMib} MiB of memory`]),
    ...Object.entries(fingerprint.images).map(([service, image]) => `image ${service} ${image}`),
  ].join("\n");
}

function versus(comparison: Comparison | undefined): string {
  if (comparison === undefined) return "-";
  const { effect, interval } = comparison;
  return `${percentChange(effect.estimate)} [${percentChange(interval.low)}, ${percentChange(interval.high)}]`;
}

function latency(bounds: QuantileBounds | undefined): string {
  return bounds === undefined ? "-" : durationText(bounds.value / 1000);
}
