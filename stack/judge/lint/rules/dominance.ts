/** A whole operation takes at least as long as its part. */
import type { ReferenceRow } from "../../../core/results/reference.ts";
import { fieldName, LATENCIES, placeOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { show, statedNumber } from "./stated.ts";

/** Compares rows of one table (one program, one method) where one operation includes all that another one does. */
export function wholeAndPart(source: Source): readonly Finding[] {
  const { rows } = source.document;
  return rows.flatMap((whole) =>
    rows
      .filter((part) => part.table === whole.table && isPart(part, whole))
      .flatMap((part) => check(source, part, whole)),
  );
}

function isPart({ involves: part }: ReferenceRow, { involves: whole }: ReferenceRow): boolean {
  if (part === undefined || whole === undefined || part.length >= whole.length) return false;
  return part.every((one) => whole.includes(one));
}

function check(source: Source, part: ReferenceRow, whole: ReferenceRow): readonly Finding[] {
  const shared = LATENCIES.flatMap((field) => {
    const [less, more] = [part[field], whole[field]];
    if (less === undefined || more === undefined) return [];
    return [{ field, less, more, isFaster: statedNumber(more).high < statedNumber(less).low }];
  });
  const faster = shared.filter(({ isFaster }) => isFaster);
  if (faster.length === 0 || 2 * faster.length <= shared.length) return [];
  const extra = (whole.involves ?? []).filter((one) => !(part.involves ?? []).includes(one)).join(", ");
  return [
    {
      rule: "whole and part",
      severity: faster.length === shared.length ? "impossible" : "suspicious",
      place: placeOf(source, whole.table),
      lines: [whole.line, part.line],
      says: `${whole.operation} involves ${extra} and all of ${part.operation}, and is faster in ${faster.length} of ${shared.length} figures`,
      arithmetic: faster.map(({ field, less, more }) => `${fieldName(field)} ${show(more)} ms < ${show(less)} ms`),
    },
  ];
}
