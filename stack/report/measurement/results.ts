/** The document of one run and its plain text. Pure: the text is a function of the document. */
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import { referenceRows } from "../../core/results/baseline.ts";
import { METHOD, type ScenarioResult, type SmokeRun } from "../../core/results/measurement.ts";
import { figureTexts } from "../../core/results/figures.ts";
import { loadToolSection } from "./load-tool-text.ts";
import type { ReferenceBaseline } from "../../core/results/reference.ts";
import { printable } from "../../core/printable.ts";
import { table } from "../text/table.ts";
import { durationText, rate, warmedText } from "../text/figures.ts";
import { causeWord, openText, toneOf } from "../text/words.ts";
import { wrapped } from "../text/wrap.ts";
import { headline } from "./headline.ts";
import { figureTable, scenarioTable, workTable } from "./scenario-text.ts";
import type { Comparison, ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";

/** Smaller differences between prediction and baseline are not reported. */
const NOTABLE_SHIFT = 0.05;

/** Renders plain text: the verdict in its two parts, one line per scenario, then notes. No colour, no clock. */
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

/** Renders what the short text leaves out: intervals, sample sizes and work per operation. Empty if nothing has figures. */
export function renderFigures({ run, verdict }: ResultsDocument): string {
  return printable([figureTable(run), workTable(run, verdict)].filter((section) => section !== "").join("\n\n"));
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
  const notes = [
    ...explainExpectations(verdict?.scenarios ?? []),
    ...run.scenarios.flatMap(notesOf),
    ...skipped(run.scenarios),
    ...(verdict?.warnings ?? []).map((text) => `warning: ${text}`),
    ...run.warnings.map((text) => `warning: ${text}`),
    ...(run.calibration?.notes ?? []),
  ];
  return [
    ...worstFirst(verdict?.scenarios ?? []).flatMap((judged) => explainVerdict(judged)),
    ...notes.map((note) => wrapped(note, "  ")),
  ].join("\n");
}

/** What is worse comes before what is open. */
export function worstFirst(scenarios: readonly ScenarioVerdict[]): readonly ScenarioVerdict[] {
  return scenarios.toSorted((left, right) => rankOf(left) - rankOf(right));
}

function rankOf({ verdict }: ScenarioVerdict): number {
  return toneOf(verdict) === "bad" ? 0 : 1;
}

/** Returns no line if there is nothing to explain; in short, none for a cause that the reason names already. */
export function explainVerdict(judged: ScenarioVerdict, isShort = false): readonly string[] {
  const { name, verdict, reason, cause } = judged;
  if (verdict === "meets" || verdict === "no baseline" || verdict === "not measured") return [];
  const open = openText(judged);
  const isNamed = isShort && cause !== undefined && reason.includes(cause.kind);
  return [
    wrapped(`${name}: ${verdict}: ${reason}`, "  "),
    ...(cause && !isNamed ? [wrapped(`  ${causeWord(verdict)}: ${cause.kind}: ${cause.evidence}`, "    ")] : []),
    ...(cause ? [`  next: ${cause.next}`] : []), // a command stays on one line, to be copied
    ...(open === undefined ? [] : [`  ${open}`]),
  ];
}

/** Explains predictions that differ from the baseline by more than a few percent. */
export function explainExpectation({ name, comparisons }: ScenarioVerdict): readonly string[] {
  return comparisons.flatMap(expectationOf).map(({ predicted, expected, why }) => {
    return `${name}: ${rate(predicted)} ops/s are predicted here, the baseline has ${rate(expected)}${why && `: ${why}`}`;
  });
}

/** The same for all scenarios: one line for those that share the reason, as all do beside the load of others. */
function explainExpectations(scenarios: readonly ScenarioVerdict[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { name, comparisons } of scenarios) {
    for (const { predicted, expected, why } of comparisons.flatMap(expectationOf)) {
      groups.set(why, [...(groups.get(why) ?? []), `${name} ${rate(predicted)} for ${rate(expected)}`]);
    }
  }
  return [...groups].map(([why, figures]) => `predicted ops/s here${why && `, since ${why}`}: ${figures.join(", ")}`);
}

function expectationOf({ metric, expected, prediction: { shift, changes } }: Comparison) {
  if (metric !== "throughput" || Math.abs(shift) <= NOTABLE_SHIFT) return [];
  const [change] = changes;
  const why = change ? `${change.what} takes ${Math.exp(change.logRatio).toFixed(2)} times as long` : "";
  return [{ predicted: expected * Math.exp(-shift), expected, why }];
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
  ]
    .map((line) => wrapped(line, "  "))
    .join("\n");
}
