/** The result of `bench:detection` as text. Pure. */
import { table } from "../../../../stack/report/text/table.ts";
import { companyTitles } from "../company/company.ts";
import type { CleanRow } from "./clean.ts";
import type { DetectionDocument } from "./document.ts";
import type { HarmedRow } from "./harmed.ts";
import type { SpreadRow } from "./spread.ts";
import { countedText, percentText } from "./words.ts";

export function detectionText({ conditions, quiet, company, faults, spread, bar, claims }: DetectionDocument): string {
  const parts = [
    ...(quiet ? [`Quiet, within the profile's budget: ${quiet.runs} runs`, scenariosText(quiet)] : []),
    ...(company.length > 0 ? ["Clean, beside others", companyText(company)] : []),
    ...(faults.length > 0 ? ["Harmed, beside others", faultsText(faults)] : []),
    ...(company.length > 0 ? ["Standard deviation between clean runs", spreadText(spread)] : []),
    ...(bar ? ["The bar", [bar.clean, bar.harmed].map(stepText).join("\n")] : []),
    claims.map(({ text, found, holds }) => `${wordOf(holds)}: ${text}: ${found}`).join("\n") || "Nothing was counted.",
    "Shares with their exact intervals of 95 % (Clopper and Pearson). True effects are medians of all runs, and no verdict plays a part in them.",
    ...(conditions
      ? [`${conditions.profile}, margin ${percentText(conditions.margin)} %, ${conditions.machine}.`]
      : []),
  ];
  return parts.join("\n\n");
}

function scenariosText({ scenarios }: CleanRow): string {
  const head = ["scenario", "decided", "by work", "false below", "loss excluded by meets", "at most", "margin"];
  const rows = scenarios.map(({ name, decided, byWork, below, excluded, excludedMedian, marginMedian }) => [
    name,
    countedText(decided),
    `${byWork}`,
    countedText(below),
    optional(excludedMedian),
    optional(excluded.length === 0 ? undefined : Math.max(...excluded)),
    optional(marginMedian),
  ]);
  return table([head, ...rows]);
}

function companyText(rows: DetectionDocument["company"]): string {
  const head = ["company", "runs", "scenarios decided", "whole runs decided", "false below, runs", "scenarios"];
  const lines = rows.map(({ company, runs, decided, allDecided, falseRuns, falseScenarios }) => [
    `${company}: ${companyTitles[company]}`,
    `${runs}`,
    ...[decided, allDecided, falseRuns, falseScenarios].map(countedText),
  ]);
  return table([head, ...lines]);
}

function faultsText(rows: readonly HarmedRow[]): string {
  const head = [
    "fault",
    "in",
    "beside",
    "true effect",
    "on",
    "decided",
    "below",
    "right cause",
    "false elsewhere",
    "else",
  ];
  const lines = rows.map((row) => [
    row.fault,
    row.service,
    row.company,
    effectText(row),
    row.worst?.scenario ?? "-",
    ...[row.decided, row.below, row.named, row.falseElsewhere].map(countedText),
    row.others.join("; ") || "-",
  ]);
  const details = [
    ...new Map(rows.map(({ fault, service, title, detail }) => [`${fault} in ${service}`, `${title} (${detail})`])),
  ];
  return [table([head, ...lines]), ...details.map(([name, text]) => `${name}: ${text}`)].join("\n");
}

function effectText({ worst, claimed }: HarmedRow): string {
  if (worst === undefined) return "not known";
  const change = `${percentText(-worst.loss)} %`;
  return claimed ? change : `${change}, within the margin: not claimed`;
}

function spreadText({ alone, together }: DetectionDocument["spread"]): string {
  const head = ["beside", "scenario", "runs", "throughput", "residual", "cpu per operation", "residual"];
  return table([
    head,
    ...alone.map((row) => ["none", ...spreadCells(row)]),
    ...together.map((row) => ["all kinds", ...spreadCells(row)]),
  ]);
}

function spreadCells({ scenario, runs, throughput, residual, cpu, cpuResidual }: SpreadRow): readonly string[] {
  return [scenario, `${runs}`, ...[throughput, residual, cpu, cpuResidual].map(optional)];
}

function stepText({
  title,
  exitCode,
  verdict,
  decided,
  scenarios,
  causes,
  summary,
}: NonNullable<DetectionDocument["bar"]>["clean"]) {
  const why = causes.length === 0 ? "" : `; ${causes.join(", ")}`;
  return `${title}: exit ${exitCode}, ${verdict}, ${decided} of ${scenarios} decided${why}\n  ${summary}`;
}

function optional(fraction: number | undefined): string {
  return fraction === undefined ? "-" : `${percentText(fraction)} %`;
}

function wordOf(holds: boolean | undefined): string {
  if (holds === undefined) return "not counted";
  return holds ? "holds" : "does not hold";
}
