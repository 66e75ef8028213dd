/** The summary of a run for a pull request: verdict, table and changes, short enough for a comment. */
import { durationText, rate, whenText } from "../text/figures.ts";
import { percentChange } from "../../core/units.ts";
import { isMeasured } from "../../core/results/baseline.ts";
import type { ScenarioResult } from "../../core/results/measurement.ts";
import { summaryOf } from "../../judge/summary.ts";
import { type ResultsDocument } from "../../core/results/performance-results.ts";
import type { QuantileBounds } from "../../judge/stats/quantiles.ts";
import type { ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";
import { cutLine, printable } from "../../core/printable.ts";
import { machineText, neighboursText } from "../text/machine.ts";
import { causeWord, decidedText, exitText, openText, sentenceOf, toneOf } from "../text/words.ts";
import { workFigures } from "./scenario-text.ts";

/** Comments of pull requests end at 65,536 characters; readers stop long before. */
const REASONS_MOST = 12;
const WARNINGS_MOST = 5;

export function renderMarkdown({ run, verdict }: ResultsDocument): string {
  const { fingerprint, profile, startedAt } = run;
  const sections = [
    `### Plumbline: ${verdict?.verdict ?? "no verdict"}`,
    `${text(sentenceOf(verdict, profile))} ${against(verdict)}`.trim(),
    machineOf(verdict),
    tableOf(run.scenarios, verdict),
    changesOf(verdict),
    workOf(run.scenarios, verdict),
    warningsOf([...(run.complete ? [] : ["The run is incomplete."]), ...run.warnings, ...(verdict?.warnings ?? [])]),
    `<sub>profile ${text(profile)}, ${text(whenText(startedAt))}, ${text(fingerprint.cpuModel)}, ${fingerprint.cpus} cpus, ${fingerprint.memoryMib} MiB</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function against(verdict: VerdictReport | undefined): string {
  if (verdict === undefined) return "";
  const { baseline } = verdict;
  const code = exitText(verdict);
  return baseline
    ? `Baseline ${text(baseline.name)} of ${text(whenText(baseline.recordedAt))}; ${code}.`
    : `${capital(code)}.`;
}

/** The machine is a paragraph of its own: what it does is not the change that is reviewed. */
function machineOf(verdict: VerdictReport | undefined): string {
  const { machine } = verdict ?? {};
  if (machine === undefined) return "";
  const neighbours = neighboursText(machine);
  const beside = neighbours === undefined ? "" : ` Beside the stack: ${text(neighbours)}.`;
  return `The machine now: ${text(machineText(machine))}.${beside}`;
}

/** Left out if nothing was counted, as in older runs. */
const CPU_COLUMN = 5;

function tableOf(scenarios: readonly ScenarioResult[], verdict: VerdictReport | undefined): string {
  const rows = scenarios.map((scenario) => {
    const judged = verdict?.scenarios.find(({ name }) => name === scenario.name);
    const word = judged ? decidedText(judged) : scenario.status;
    const marked = toneOf(judged?.verdict) === "bad" ? `**${word}**` : word;
    return [text(scenario.name), ...figuresOf(scenario, judged), marked];
  });
  const head = ["scenario", "ops/s", "vs baseline", "p50", "p95", "cpu/op", "verdict"];
  const rule = ["---", "---:", "---:", "---:", "---:", "---:", "---"];
  const isCounted = rows.some((cells) => cells[CPU_COLUMN] !== "");
  const table = [head, rule, ...rows].map((cells) => cells.filter((_, column) => isCounted || column !== CPU_COLUMN));
  return table.map(line).join("\n");
}

function figuresOf(scenario: ScenarioResult, judged: ScenarioVerdict | undefined): readonly string[] {
  if (!isMeasured(scenario) || scenario.blocks.length === 0) return ["", "", "", "", ""];
  const { throughput, p50, p95, cpuUs } = summaryOf(scenario);
  const found = judged?.comparisons.find(({ metric }) => metric === "throughput");
  const change = found
    ? `${percentChange(found.effect.estimate)} (${percentChange(found.interval.low)} to ${percentChange(found.interval.high)})`
    : "";
  const [cpu] = cpuUs === undefined ? [] : workFigures(scenario, judged?.comparisons ?? []);
  return [rate(throughput), change, latency(p50), latency(p95), cpu?.text ?? ""];
}

/** All work per operation, folded away: one row for each scenario, one column for each figure. */
function workOf(scenarios: readonly ScenarioResult[], verdict: VerdictReport | undefined): string {
  const counted = scenarios.filter(isMeasured).map((scenario) => {
    const judged = verdict?.scenarios.find(({ name }) => name === scenario.name);
    return { name: scenario.name, figures: workFigures(scenario, judged?.comparisons ?? []) };
  });
  const names = [...new Set(counted.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  if (names.length === 0) return "";
  const rows = counted.map(({ name, figures }) => {
    return [text(name), ...names.map((wanted) => figures.find((figure) => figure.name === wanted)?.text ?? "")];
  });
  const head = [line(["scenario", ...names.map(text)]), `| --- |${" ---: |".repeat(names.length)}`];
  const summary = "<details><summary>Work per operation, with its change against the baseline</summary>";
  return [summary, "", ...head, ...rows.map(line), "", "</details>"].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Lists what is worse or probably worse, and why; other undecided scenarios only if nothing is worse. */
function changesOf(verdict: VerdictReport | undefined): string {
  const bad = (verdict?.scenarios ?? []).filter((each) => toneOf(each.verdict) === "bad");
  const open = (verdict?.scenarios ?? []).filter(
    (each) => toneOf(each.verdict) === "open" && each.verdict !== "no baseline",
  );
  const shown = bad.length > 0 ? [...bad, ...open.filter(({ cause }) => cause !== undefined)] : open;
  const lines = shown.slice(0, REASONS_MOST).map((judged) => {
    const { name, verdict: word, reason, cause } = judged;
    const why = cause && `${capital(causeWord(word))}: ${text(`${cause.kind}: ${cause.evidence}; ${cause.next}`)}`;
    const decides = openText(judged);
    const parts = [`- ${text(name)}: ${word}: ${text(reason)}.`, why, decides && `${capital(text(decides))}.`];
    return parts.filter((part) => part !== undefined).join(" ");
  });
  const more = shown.length - lines.length;
  return [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n");
}

function warningsOf(warnings: readonly string[]): string {
  const shown = warnings.slice(0, WARNINGS_MOST).map((warning) => `> ${text(warning)}`);
  const more = warnings.length - shown.length;
  return [...shown, ...(more > 0 ? [`> and ${more} more`] : [])].join("\n>\n");
}

/** Returns one line of plain text: texts of services may contain tables, links, mentions and markup. */
function text(raw: string): string {
  return printable(cutLine(raw.replaceAll(/\s+/g, " ")))
    .replaceAll(/[\\`*_{}[\]()#+!|<>&~@]/g, (found) => ENTITIES[found] ?? `\\${found}`)
    .trim();
}

/** Entities, because a backslash does not work in tables, mentions and HTML. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "|": "&#124;",
  "@": "&#64;",
};

function latency(bounds: QuantileBounds | undefined): string {
  return bounds === undefined ? "" : durationText(bounds.value / 1000);
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
