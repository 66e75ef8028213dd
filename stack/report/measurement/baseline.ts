/** The results of `baseline` as documents and as text. */
import type { Baseline } from "../../core/results/baseline.ts";
import type { BaselineResult } from "../../core/results/commands/baseline.ts";
import type { Saved } from "../../core/results/commands/bench.ts";
import type { BaselineDocument } from "../documents/measurement.ts";
import { table } from "../text/table.ts";
import { comparedReport } from "./compared.ts";
import { lintText } from "./lint.ts";
import { renderBaseline, renderHistory } from "./show.ts";

export function baselineDocumentOf(result: BaselineResult): BaselineDocument {
  return { ok: true, command: "baseline", result: partOf(result) };
}

function partOf(result: BaselineResult): BaselineDocument["result"] {
  switch (result.action) {
    case "list":
      return { action: "list", baselines: result.baselines.map(listed) };
    case "show":
      return result;
    case "compare":
      return { action: "compare", ...comparedReport(result.comparison).document };
    case "record": {
      const { baseline, path, notes } = result.saved;
      const { name, runs } = baseline;
      return { action: "record", name, path, runs: runs.length, scenarios: scenariosOf(baseline).size, notes };
    }
    case "history":
      return result;
    case "lint": {
      const baselines = result.linted.map(({ baseline: { name, kind }, findings }) => ({ name, kind, findings }));
      return { action: "lint", baselines };
    }
  }
}

export function baselineText(result: BaselineResult): string {
  switch (result.action) {
    case "list":
      return listText(result.baselines);
    case "show":
      return renderBaseline(result.baseline).trimEnd();
    case "compare":
      return comparedReport(result.comparison).text;
    case "record":
      return recordText(result.saved);
    case "history":
      return renderHistory(result.series, result.skipped).trimEnd();
    case "lint":
      return lintText(result.linted);
  }
}

function listed(baseline: Baseline) {
  return {
    name: baseline.name,
    kind: baseline.kind,
    recordedAt: baseline.kind === "recorded" ? baseline.recordedAt : baseline.date,
    ...(baseline.kind === "recorded" ? { profile: baseline.profile, runs: baseline.runs.length } : {}),
  };
}

function listText(baselines: readonly Baseline[]): string {
  if (baselines.length === 0) return "There is none.";
  const rows = baselines.map(listed).map(({ name, kind, profile, runs, recordedAt }) => {
    return [name, kind, profile ?? "-", runs === undefined ? "-" : String(runs), recordedAt];
  });
  return table([["name", "kind", "profile", "runs", "date"], ...rows]);
}

function recordText({ baseline, path, notes }: Saved): string {
  const { name, runs } = baseline;
  return [
    `Recorded ${name}: ${scenariosOf(baseline).size} scenarios, ${runs.length} ${runs.length === 1 ? "run" : "runs"}.`,
    ...notes.map((note) => `  ${note}`),
    path,
    "Commit it to share it: it is used on machines of this kind only, which its name tells apart.",
  ].join("\n");
}

function scenariosOf({ runs }: Saved["baseline"]): ReadonlySet<string> {
  return new Set(runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)));
}
