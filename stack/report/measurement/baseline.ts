/** The results of `baseline` as documents and as text. */
import { type RecordedBaseline, scenarioNames } from "../../core/results/baseline.ts";
import type { Noise } from "../../core/results/baseline-quality.ts";
import type { BaselineResult } from "../../core/results/commands/baseline.ts";
import type { Saved } from "../../core/results/commands/bench.ts";
import { printable } from "../../core/printable.ts";
import { noiseWord, qualityOf } from "../../judge/baselines/quality.ts";
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
      return {
        action: "record",
        name: baseline.name,
        path,
        runs: baseline.runs.length,
        scenarios: scenariosOf(baseline).size,
        ...noiseOf(baseline),
        disturbed: [...qualityOf(baseline).disturbed],
        notes,
      };
    }
    case "drop": {
      const { baseline, path, notes } = result.saved;
      const runs = baseline.runs.length;
      return { action: "drop", name: baseline.name, path, runs, ...noiseOf(baseline), dropped: result.dropped, notes };
    }
    case "history":
      return result;
    case "lint": {
      const baselines = result.linted.map(({ baseline: { name, kind }, findings }) => ({ name, kind, findings }));
      return { action: "lint", baselines };
    }
  }
}

/** Baselines and histories are files that a person may have edited. */
export function baselineText(result: BaselineResult): string {
  return printable(textOf(result));
}

function textOf(result: BaselineResult): string {
  switch (result.action) {
    case "list":
      return listText(result.baselines);
    case "show":
      return renderBaseline(result.baseline, result.quality).trimEnd();
    case "compare":
      return comparedReport(result.comparison).text;
    case "record":
      return recordText(result.saved);
    case "drop":
      return dropText(result);
    case "history":
      return renderHistory(result.series, result.skipped).trimEnd();
    case "lint":
      return lintText(result.linted);
  }
}

type Listed = (BaselineResult & { readonly action: "list" })["baselines"][number];

function listed({ baseline, noise }: Listed) {
  return {
    name: baseline.name,
    kind: baseline.kind,
    recordedAt: baseline.kind === "recorded" ? baseline.recordedAt : baseline.date,
    ...(baseline.kind === "recorded" ? { profile: baseline.profile, runs: baseline.runs.length } : {}),
    ...(noise === undefined ? {} : { noise }),
  };
}

function listText(baselines: readonly Listed[]): string {
  if (baselines.length === 0) return "There is none.";
  const rows = baselines.map(listed).map(({ name, kind, profile, runs, noise, recordedAt }) => {
    return [name, kind, profile ?? "-", runs === undefined ? "-" : String(runs), noise ?? "-", recordedAt];
  });
  return table([["name", "kind", "profile", "runs", "noise", "date"], ...rows]);
}

function recordText({ baseline, path, notes }: Saved): string {
  return [
    `Recorded ${baseline.name}: ${scenariosOf(baseline).size} scenarios, ${countText(baseline)}.`,
    ...notes.map((note) => `  ${note}`),
    path,
    "Commit it to share it: it is used on machines of this kind only, which its name tells apart.",
  ].join("\n");
}

function dropText({ saved: { baseline, path, notes }, dropped }: BaselineResult & { readonly action: "drop" }): string {
  return [
    ...dropped.map(({ run, why }) => `Dropped run ${run} of ${baseline.name}: ${why}`),
    `Left: ${countText(baseline)}.`,
    ...notes.map((note) => `  ${note}`),
    path,
  ].join("\n");
}

/** "3 runs, noise low". */
function countText(baseline: RecordedBaseline): string {
  const { length } = baseline.runs;
  const { noise } = noiseOf(baseline);
  return `${length} ${length === 1 ? "run" : "runs"}${noise === undefined ? "" : `, noise ${noise}`}`;
}

function noiseOf(baseline: RecordedBaseline): { readonly noise?: Noise } {
  const noise = noiseWord(baseline);
  return noise === undefined ? {} : { noise };
}

function scenariosOf({ runs }: Saved["baseline"]): ReadonlySet<string> {
  return new Set(scenarioNames(runs));
}
