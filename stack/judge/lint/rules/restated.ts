/** Finds one measurement that a document gives twice with different values. */
import type { Claim, Figure } from "../../../core/results/reference.ts";
import { describeFigure, figureOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { middle } from "./interval.ts";
import { inUnit, show } from "./stated.ts";

type Restated = Extract<Claim, { kind: "restated" }>;

/** Rounding of the last printed digit is no difference; rounding of a whole column is reported. */
export function restated(source: Source): readonly Finding[] {
  return source.document.claims.flatMap((claim) => (claim.kind === "restated" ? check(source, claim) : []));
}

function check(source: Source, claim: Restated): readonly Finding[] {
  const left = figureOf(source, claim.of);
  const there = figureOf(source, claim.to);
  const right = left && there && inUnit(there, left.unit);
  if (left === undefined || right === undefined) return [];
  const apart = Math.abs(middle(left) - middle(right));
  if (apart <= 2 * Math.max(left.halfDigit, right.halfDigit)) return [];
  const step = columnStep(source, claim.of);
  const isRounded = step !== undefined && apart <= step / 2;
  const percent = show((100 * apart) / middle(right));
  const what = `${describeFigure(source, claim.of)} against ${describeFigure(source, claim.to)}`;
  return [
    {
      rule: "one figure, two places",
      severity: isRounded ? "undocumented" : "suspicious",
      place: claim.section,
      lines: [claim.line],
      says: `${what}: ${isRounded ? "rounded without a word" : "one measurement has one result"}`,
      arithmetic: [
        `${show(apart)} apart, ${percent} %`,
        ...(step === undefined
          ? []
          : [`the column has multiples of ${show(step)}: rounding explains up to ${show(step / 2)}`]),
      ],
    },
  ];
}

/** Returns the coarsest step (1, 2 or 5 × a power of ten) of which every throughput in a table is a multiple. */
function columnStep({ document }: Source, figure: Figure): number | undefined {
  if (!("table" in figure) || figure.field !== "throughput") return undefined;
  const values = document.rows.flatMap(({ table, throughput }) => (table === figure.table ? (throughput ?? []) : []));
  const steps = [5000, 2000, 1000, 500, 200, 100, 50, 20, 10];
  return values.length < 3 ? undefined : steps.find((step) => values.every((value) => value % step === 0));
}
