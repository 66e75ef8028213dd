/** Reports missing information that a reader needs to believe a figure or to measure it again. */
import type { RecordedBaseline } from "../../../core/results/baseline.ts";
import type { ReferenceRow } from "../../../core/results/reference.ts";
import { samplesNeeded } from "../../stats/quantiles.ts";
import { placeOf, toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { recordedScenarios } from "../recorded.ts";

/** Checks a document: sample sizes, intervals and clients of its rows, command lines of its outputs. */
export function missingInDocument(source: Source): readonly Finding[] {
  const { document } = source;
  const outputs = document.toolOutputs
    .filter(({ argv, tool }) => argv === undefined && toolOf(source, tool) !== undefined)
    .map(({ section, line, tool }) => undocumented(section, [line], `the output of ${tool} has no command line`, []));
  return [...missingInRows(source), ...outputs, ...document.rows.flatMap((row) => tooFewSamples(source, row))];
}

/** Checks a recording: what its margin and its causes are computed from. */
export function missingInRecording(baseline: RecordedBaseline): readonly Finding[] {
  const { runs, name } = baseline;
  const found: Finding[] = [];
  if (runs.length < RUNS_FOR_MARGIN) {
    const why = `the margin follows the variation between runs from ${RUNS_FOR_MARGIN} on`;
    found.push(undocumented(name, [], `it holds ${runs.length === 1 ? "1 run" : `${runs.length} runs`}`, [why]));
  }
  for (const [index, { calibration }] of runs.entries()) {
    if (calibration !== undefined) continue;
    found.push(undocumented(`${name}, run ${index + 1}`, [], "the speed of the machine was not measured", []));
  }
  for (const { place, scenario } of recordedScenarios(baseline)) {
    const { length } = scenario.blocks;
    if (length >= BLOCKS_FOR_INTERVAL) continue;
    const why = `a median of ${BLOCKS_FOR_INTERVAL} blocks is the first with an interval of 95 %: 1 − 2 × ½^6 = 96.9 %`;
    found.push(undocumented(place, [], `it holds ${length} blocks`, [why]));
  }
  return found;
}

const RUNS_FOR_MARGIN = 3;
const BLOCKS_FOR_INTERVAL = 6;

/** Returns one finding for the whole document, because most documents lack the same thing everywhere. */
function missingInRows(source: Source): readonly Finding[] {
  const { rows, tables, title } = source.document;
  const unstated = new Set(tables.flatMap(({ id, clients }) => (clients === undefined ? [id] : [])));
  const lacking = [
    ["sample size", rows.filter(({ samples }) => samples === undefined)],
    ["interval", rows.filter(({ interval95 }) => interval95 === undefined)],
    ["number of clients", rows.filter(({ clients, table }) => clients === undefined && unstated.has(table))],
  ] as const;
  const missing = lacking.filter(([, without]) => without.length > 0);
  if (missing.length === 0) return [];
  const says = missing.map(([what, without]) => `no ${what} in ${without.length} of ${rows.length} rows`).join(", ");
  const places = missing.map(([what, without]) => `no ${what}: ${tablesOf(source, without)}`);
  const lines = missing.flatMap(([, without]) => without.map(({ line }) => line));
  return [undocumented(title, [...new Set(lines)], says, places)];
}

function tablesOf(source: Source, rows: readonly ReferenceRow[]): string {
  return [...new Set(rows.map(({ table }) => placeOf(source, table)))].join("; ");
}

/** Reports percentiles that the number of samples cannot bound: these are only one of the largest samples. */
function tooFewSamples(source: Source, row: ReferenceRow): readonly Finding[] {
  const { samples, p95Ms, p99Ms } = row;
  if (samples === undefined) return [];
  const stated = [
    [0.95, p95Ms],
    [0.99, p99Ms],
  ] as const;
  return stated.flatMap(([q, value]) => {
    const needed = samplesNeeded(q);
    if (value === undefined || samples >= needed) return [];
    const says = `${row.operation}: p${100 * q} of ${samples} samples`;
    const arithmetic = [`p${100 * q} needs ${needed}: ln 0.05 / ln ${q}`];
    const place = placeOf(source, row.table);
    return [
      { rule: "missing method" as const, severity: "suspicious" as const, place, lines: [row.line], says, arithmetic },
    ];
  });
}

function undocumented(place: string, lines: readonly number[], says: string, arithmetic: readonly string[]): Finding {
  return {
    rule: "missing method",
    severity: "undocumented",
    place,
    lines: [...lines],
    says,
    arithmetic: [...arithmetic],
  };
}
