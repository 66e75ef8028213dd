/** Baselines as plain text, for `baseline show` and `baseline compare`. */
import { firstRun, type Baseline, type RecordedBaseline, type ReferenceBaseline } from "./baseline.ts";
import type { BaselineComparison } from "./compare.ts";
import { describe } from "./conditions.ts";
import { renderResults, resultsDocument } from "./results.ts";
import { table } from "./table.ts";

/** One baseline: every run of a recorded one, every row of a reference. */
export function renderBaseline(baseline: Baseline): string {
  switch (baseline.kind) {
    case "recorded":
      return renderRecorded(baseline);
    case "reference":
      return renderReference(baseline);
  }
}

/** Two baselines: what differs in their conditions, then each metric with its interval. */
export function renderComparison(comparison: BaselineComparison): string {
  const rows = comparison.rows.map(({ scenario, comparison: found, outcome }) => [
    scenario,
    found.metric,
    found.expected.toPrecision(4),
    found.now.toPrecision(4),
    `${percent(found.effect.estimate)} [${percent(found.interval.low)}, ${percent(found.interval.high)}]`,
    outcome,
  ]);
  const head = ["scenario", "metric", comparison.left, comparison.right, "speed", "outcome"];
  const lines = [
    ...comparison.differences.map(
      (found) => `${found.breaks ? "not the same conditions" : "note"}: ${describe(found)}`,
    ),
    ...comparison.leftOut.map((name) => `${name} is not in both, or does different work`),
    table([head, ...rows]),
  ];
  return `${lines.join("\n")}\n`;
}

function renderRecorded(baseline: RecordedBaseline): string {
  const head = `${baseline.name}: ${baseline.runs.length} run(s) of profile ${baseline.profile}, recorded ${baseline.recordedAt}`;
  const runs = baseline.runs.map((run) => renderResults(resultsDocument(run), []).split("\n").slice(2).join("\n"));
  return `${head}, machine ${firstRun(baseline).fingerprint.cpuModel}\n\n${runs.join("\n")}`;
}

function renderReference({ title, caution, date, machine, rows }: ReferenceBaseline): string {
  const cells = rows.map(({ service, operation, scenarios, throughput, unit, meanMs, p95Ms }) => [
    service,
    operation,
    throughput === undefined ? "-" : `${throughput} ${unit}`,
    meanMs === undefined ? "-" : `${meanMs} ms`,
    p95Ms === undefined ? "-" : `${p95Ms} ms`,
    scenarios.join(", ") || "-",
  ]);
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const head = ["service", "operation", "throughput", "mean", "p95", "scenario"];
  return `${title} (${date}). ${caution}\n${facts.join(", ")}\n\n${table([head, ...cells])}\n`;
}

function percent(logRatio: number): string {
  const change = Math.round(Math.expm1(logRatio) * 100);
  return `${change > 0 ? "+" : ""}${change} %`;
}
