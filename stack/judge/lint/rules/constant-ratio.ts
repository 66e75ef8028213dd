/**
 * Columns that are a constant multiple of each other. Figures measured independently vary. If throughput × latency is
 * the same number in nearly all rows, and that number is not stated as the number of clients, one column was computed.
 */
import { median } from "simple-statistics";
import type { ReferenceRow } from "../../../core/results/reference.ts";
import { placeOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { show } from "./stated.ts";

/** Fewer rows agree by chance too easily. */
const ROWS_MINIMUM = 6;
/** Share of the rows that must agree. */
const NEARLY_ALL = 0.8;
/** Half a last digit of the smallest figures ("0.6 ms") is 8 %; larger figures agree within 3 %. */
const SAME = 0.05;

export function constantRatios(source: Source): readonly Finding[] {
  return [...constantClients(source), ...constantTails(source)];
}

/** Checks tables without a stated number of clients; tables with the same product are checked together. */
function constantClients(source: Source): readonly Finding[] {
  const unstated = new Set(source.document.tables.filter(({ clients }) => clients === undefined).map(({ id }) => id));
  const rows = source.document.rows
    .filter((row) => unstated.has(row.table) && row.clients === undefined)
    .flatMap((row) => ratioOf(row, ({ throughput, meanMs }) => throughput && meanMs && (throughput * meanMs) / 1000));
  return groupsOf(rows).flatMap(({ level, all }) => {
    const [inside, outside] = split(all, level, SAME);
    if (inside.length < ROWS_MINIMUM || inside.length < NEARLY_ALL * all.length) return [];
    const odd = outside.map(({ row, ratio }) => `${row.operation} ${show(ratio)}`);
    return [
      {
        rule: "constant ratio" as const,
        severity: "suspicious" as const,
        place: placesOf(source, all),
        lines: all.map(({ row }) => row.line),
        says:
          `throughput × mean latency is ${show(round(level))} in ${inside.length} of ${all.length} rows, and no number of ` +
          `clients is stated: one column follows from the other`,
        arithmetic: [
          ...inside.map(({ row, ratio }) => `${row.operation}: ${productText(row)} = ${show(ratio)}`),
          ...(odd.length > 0 ? [`the same method gives something else for ${odd.join(", ")}`] : []),
        ],
      },
    ];
  });
}

/** A tail latency that is twice the mean in every row was computed, not measured. */
const TAIL_ROWS_MINIMUM = 15;
const TAIL_SERVICES_MINIMUM = 3;
const TAIL_SAME = 0.1;

function constantTails(source: Source): readonly Finding[] {
  const rows = source.document.rows.flatMap((row) =>
    ratioOf(row, ({ p95Ms, meanMs }) => p95Ms && meanMs && p95Ms / meanMs),
  );
  if (rows.length < TAIL_ROWS_MINIMUM) return [];
  const level = median(rows.map(({ ratio }) => ratio));
  const [inside] = split(rows, level, TAIL_SAME);
  const services = new Set(inside.map(({ row }) => row.service));
  if (inside.length < NEARLY_ALL * rows.length || services.size < TAIL_SERVICES_MINIMUM) return [];
  return [
    {
      rule: "constant ratio",
      severity: "suspicious",
      place: placesOf(source, rows),
      lines: inside.map(({ row }) => row.line),
      says: `p95 is ${show(round(level))} × the mean in ${inside.length} of ${rows.length} rows of ${services.size} services`,
      arithmetic: inside.map(({ row, ratio }) => {
        return `${row.service} ${row.operation}: ${show(row.p95Ms ?? 0)} / ${show(row.meanMs ?? 0)} = ${show(ratio)}`;
      }),
    },
  ];
}

interface Ratio {
  readonly row: ReferenceRow;
  readonly ratio: number;
}

function ratioOf(row: ReferenceRow, compute: (row: ReferenceRow) => number | undefined): readonly Ratio[] {
  const ratio = compute(row);
  return ratio === undefined ? [] : [{ row, ratio }];
}

/** Groups tables whose median product is the same, whatever they measure. */
function groupsOf(rows: readonly Ratio[]): readonly { readonly level: number; readonly all: readonly Ratio[] }[] {
  const byTable = [...new Set(rows.map(({ row }) => row.table))].map((table) => {
    const all = rows.filter(({ row }) => row.table === table);
    return { level: median(all.map(({ ratio }) => ratio)), all };
  });
  const groups: { level: number; all: Ratio[] }[] = [];
  for (const { level, all } of byTable) {
    const known = groups.find((group) => isSame(level, group.level, SAME));
    if (known) known.all.push(...all);
    else groups.push({ level, all: [...all] });
  }
  return groups;
}

function split(rows: readonly Ratio[], level: number, tolerance: number): readonly [Ratio[], Ratio[]] {
  const fits = ({ row, ratio }: Ratio) => isSame(ratio, level, tolerance + roundingOf(row));
  return [rows.filter(fits), rows.filter((row) => !fits(row))];
}

function isSame(left: number, right: number, tolerance: number): boolean {
  return Math.abs(left - right) <= tolerance * right;
}

/** Returns half of the last digit of a mean latency, as a fraction: large for "0.6", negligible for "180". */
function roundingOf({ meanMs = 1 }: ReferenceRow): number {
  return meanMs < 1 ? 0.05 / meanMs : 0;
}

function round(level: number): number {
  return Number(level.toPrecision(2));
}

function productText({ throughput = 0, meanMs = 0 }: ReferenceRow): string {
  return `${show(throughput)} /s × ${show(meanMs)} ms`;
}

function placesOf(source: Source, rows: readonly Ratio[]): string {
  return [...new Set(rows.map(({ row }) => placeOf(source, row.table)))].join("; ");
}
