/** The summary of a run for a pull request: verdict, table and changes, short enough for a comment. */
import { durationText, rate, whenText } from "../text/figures.ts";
import { percentChange } from "../../core/units.ts";
import { isMeasured } from "../../core/results/baseline.ts";
import type { ScenarioResult } from "../../core/results/measurement.ts";
import { summaryOf } from "../../judge/summary.ts";
import { type ResultsDocument } from "../../core/results/performance-results.ts";
import type { QuantileBounds } from "../../judge/stats/quantiles.ts";
import type { ScenarioVerdict, VerdictReport } from "../../core/results/verdict.ts";
import { printable } from "../text/printable.ts";
import { exitText, sentenceOf, toneOf } from "../text/words.ts";

/** Comments of pull requests end at 65,536 characters; readers stop long before. */
const REASONS_MOST = 12;
const WARNINGS_MOST = 5;

export function renderMarkdown({ run, verdict }: ResultsDocument): string {
  const { fingerprint, profile, startedAt } = run;
  const sections = [
    `### Plumbline: ${verdict?.verdict ?? "no verdict"}`,
    `${text(sentenceOf(verdict, profile))} ${against(verdict)}`.trim(),
    tableOf(run.scenarios, verdict),
    changesOf(verdict),
    warningsOf([...(run.complete ? [] : ["The run is incomplete."]), ...run.warnings, ...(verdict?.warnings ?? [])]),
    `<sub>profile ${text(profile)}, ${whenText(startedAt)}, ${text(fingerprint.cpuModel)}, ${fingerprint.cpus} cpus, ${fingerprint.memoryMib} MiB</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function against(verdict: VerdictReport | undefined): string {
  if (verdict === undefined) return "";
  const { baseline } = verdict;
  const code = exitText(verdict);
  return baseline
    ? `Baseline ${text(baseline.name)} of ${whenText(baseline.recordedAt)}; ${code}.`
    : `${capital(code)}.`;
}

function tableOf(scenarios: readonly ScenarioResult[], verdict: VerdictReport | undefined): string {
  const rows = scenarios.map((scenario) => {
    const judged = verdict?.scenarios.find(({ name }) => name === scenario.name);
    const word = judged?.verdict ?? scenario.status;
    const marked = toneOf(judged?.verdict) === "bad" ? `**${word}**` : word;
    return [text(scenario.name), ...figuresOf(scenario, judged), marked];
  });
  const head = ["scenario", "ops/s", "vs baseline", "p50", "p95", "verdict"];
  return [line(head), "| --- | ---: | ---: | ---: | ---: | --- |", ...rows.map(line)].join("\n");
}

function figuresOf(scenario: ScenarioResult, judged: ScenarioVerdict | undefined): readonly string[] {
  if (!isMeasured(scenario) || scenario.blocks.length === 0) return ["", "", "", ""];
  const { throughput, p50, p95 } = summaryOf(scenario);
  const found = judged?.comparisons.find(({ metric }) => metric === "throughput");
  const change = found
    ? `${percentChange(found.effect.estimate)} (${percentChange(found.interval.low)} to ${percentChange(found.interval.high)})`
    : "";
  return [rate(throughput), change, latency(p50), latency(p95)];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Lists what is worse, and why; lists undecided scenarios only if nothing is worse. */
function changesOf(verdict: VerdictReport | undefined): string {
  const bad = (verdict?.scenarios ?? []).filter((each) => toneOf(each.verdict) === "bad");
  const open = (verdict?.scenarios ?? []).filter(
    (each) => toneOf(each.verdict) === "open" && each.verdict !== "no baseline",
  );
  const shown = bad.length > 0 ? bad : open;
  const lines = shown.slice(0, REASONS_MOST).map(({ name, verdict: word, reason, cause }) => {
    const why = cause === undefined ? "" : ` Likely cause: ${text(`${cause.kind}: ${cause.evidence}; ${cause.next}`)}`;
    return `- ${text(name)}: ${word}: ${text(reason)}.${why}`;
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
  return printable(raw)
    .replaceAll(/\s+/g, " ")
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
