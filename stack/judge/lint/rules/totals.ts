/** A total must be the sum of its rows. */
import type { ReferenceTable } from "../../../core/results/reference.ts";
import type { Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { overlaps, plus, type Interval } from "./interval.ts";
import { inUnit, parseStated, show, showInterval, type Stated } from "./stated.ts";

/** Checks every column whose rows and total are numbers of one unit. Rows that only head a group have no number. */
export function totals({ document }: Source): readonly Finding[] {
  return document.tables.flatMap((table) => (table.columns ?? []).flatMap((_, column) => checkColumn(table, column)));
}

function checkColumn(table: ReferenceTable, column: number): readonly Finding[] {
  const { total, rows = [], columns = [] } = table;
  const stated = parseStated(total?.cells[column] ?? "");
  if (total === undefined || stated === undefined) return [];
  const cells = rows.flatMap(({ cells, line }) =>
    cells[column] ? [{ name: cells[0] ?? "", text: cells[column], line }] : [],
  );
  const parts = cells.map(({ text }) => parseStated(text));
  const known = parts.filter((part): part is Stated => part?.unit !== undefined && part.unit === parts[0]?.unit);
  if (known.length < 2 || known.length < parts.length) return [];
  const sum = known.reduce<Interval>(plus, { low: 0, high: 0 });
  const unit = known[0]?.unit ?? "";
  const there = inUnit(stated, unit);
  if (there === undefined || overlaps(sum, there)) return [];
  return [
    {
      rule: "sum and total",
      severity: "impossible",
      place: table.section,
      lines: [total.line],
      says: `${columns[column] ?? ""}: ${known.length} rows sum to ${sumText(known, sum)} ${unit}, the total says ${stated.text}`,
      arithmetic: [
        `${cells.map(({ name, text }) => `${name} ${text}`).join(" + ")} = ${sumText(known, sum)} ${unit}`,
        `${stated.text} is ${showInterval(there)} ${unit}`,
      ],
    },
  ];
}

/** Prints the sum; without its rounding interval if every part is a plain number. */
function sumText(parts: readonly Stated[], sum: Interval): string {
  const exact = parts.every(({ text }) => /^[\d.,]+\D*$/.test(text));
  return exact ? show(parts.reduce((all, { low, high }) => all + (low + high) / 2, 0)) : showInterval(sum);
}
