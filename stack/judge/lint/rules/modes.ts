/** Two names of the same protocol mode must have the same result. */
import { fieldName, LATENCIES, placeOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { overlaps } from "./interval.ts";
import { show, statedNumber } from "./stated.ts";

const FIELDS = ["throughput", ...LATENCIES] as const;

export function sameModeTwice(source: Source): readonly Finding[] {
  return source.document.modes.flatMap(({ mode, specification, table, rows: names }) => {
    const rows = source.document.rows.filter((row) => row.table === table && names.includes(row.operation));
    const different = FIELDS.flatMap((field) => {
      const values = rows.flatMap((row) => row[field] ?? []);
      const [first, ...others] = values.map((value) => statedNumber(value));
      return first !== undefined && others.some((other) => !overlaps(first, other)) ? [{ field, values }] : [];
    });
    if (different.length === 0) return [];
    return [
      {
        rule: "one mode, two names" as const,
        severity: "suspicious" as const,
        place: placeOf(source, table),
        lines: rows.map(({ line }) => line),
        says: `${names.join(" and ")} are one mode (${mode}), with ${rows.length} results`,
        arithmetic: [
          ...different.map(({ field, values }) => `${fieldName(field)}: ${values.map(show).join(" and ")}`),
          specification,
        ],
      },
    ];
  });
}
