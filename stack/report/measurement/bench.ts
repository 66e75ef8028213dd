/** The results of `bench` and `baseline` as documents and as text. */
import type { RecordedBaseline, Baseline } from "../../core/results/baseline.ts";
import type { BaselineComparison } from "../../judge/verdict/compare.ts";
import type { HistorySeries } from "../../judge/history.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import { renderBaseline, renderHistory } from "./show.ts";
import { table } from "../text/table.ts";
import { comparedReport } from "./compared.ts";
import type { BaselineDocument, BenchDocument } from "../documents/measurement.ts";

export interface BenchReport {
  readonly stack: string;
  readonly profile: string;
  readonly warnings: readonly string[];
  readonly measured: { readonly document: ResultsDocument; readonly text: string; readonly files: readonly string[] };
  readonly saved: { readonly path: string; readonly notes: readonly string[] } | undefined;
  readonly exitCode: number;
}

export function benchDocumentOf({ stack, profile, warnings, measured, saved, exitCode }: BenchReport): BenchDocument {
  return {
    ok: true,
    command: "bench",
    stack,
    profile,
    warnings: [...warnings],
    results: measured.document,
    files: [...measured.files],
    ...(saved ? { baseline: saved.path } : {}),
    exitCode,
  };
}

export function benchText({ measured, saved }: BenchReport): string {
  return [
    measured.text.trimEnd(),
    "",
    `Results: ${measured.files.join(", ")}`,
    ...(saved ? [`Baseline: ${saved.path}`, ...saved.notes.map((note) => `  ${note}`)] : []),
  ].join("\n");
}

type BaselineResult = BaselineDocument["result"];

/** What one action of `baseline` gives: its part of the document, and its text. */
export interface BaselineReport {
  readonly result: BaselineResult;
  readonly text: string;
}

export function baselineList(baselines: readonly Baseline[]): BaselineReport {
  const listed = baselines.map((baseline) => ({
    name: baseline.name,
    kind: baseline.kind,
    recordedAt: baseline.kind === "recorded" ? baseline.recordedAt : baseline.date,
    ...(baseline.kind === "recorded" ? { profile: baseline.profile, runs: baseline.runs.length } : {}),
  }));
  const rows = listed.map(({ name, kind, profile, runs, recordedAt }) => {
    return [name, kind, profile ?? "-", runs === undefined ? "-" : String(runs), recordedAt];
  });
  const text = rows.length === 0 ? "There is none." : table([["name", "kind", "profile", "runs", "date"], ...rows]);
  return { result: { action: "list", baselines: listed }, text };
}

export function baselineShown(baseline: Baseline): BaselineReport {
  return { result: { action: "show", baseline }, text: renderBaseline(baseline).trimEnd() };
}

export function baselinesCompared(comparison: BaselineComparison): BaselineReport {
  const { document, text } = comparedReport(comparison);
  return { result: { action: "compare", ...document }, text };
}

/** `skipped`: lines of the file that are no entry. */
export function historyShown(stack: string, series: readonly HistorySeries[], skipped: number): BaselineReport {
  return {
    result: {
      action: "history",
      stack,
      series: series.map(({ points, ...head }) => ({ ...head, points: [...points] })),
      skipped,
    },
    text: renderHistory(series, skipped).trimEnd(),
  };
}

export function baselineRecorded(saved: {
  readonly baseline: RecordedBaseline;
  readonly path: string;
  readonly notes: readonly string[];
}): BaselineReport {
  const { baseline, path, notes } = saved;
  const { name, runs } = baseline;
  const scenarios = new Set(runs.flatMap((run) => run.scenarios.map(({ name }) => name))).size;
  return {
    result: { action: "record", name, path, runs: runs.length, scenarios, notes: [...notes] },
    text: [
      `Recorded ${name}: ${scenarios} scenarios, ${runs.length} ${runs.length === 1 ? "run" : "runs"}.`,
      ...notes.map((note) => `  ${note}`),
      path,
      "Commit it to share it: it is used on machines of this kind only, which its name tells apart.",
    ].join("\n"),
  };
}
