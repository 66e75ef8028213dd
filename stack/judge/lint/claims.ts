/** Recomputes the percentages, factors and differences that a document states from its own tables. */
import type { Claim, Figure } from "../../core/results/reference.ts";
import { describeFigure, figureOf, type Source } from "./figures.ts";
import type { Finding } from "../../core/results/finding.ts";
import { minus, overlaps, quotient, scaled, type Interval } from "./rules/interval.ts";
import { inUnit, parseStated, show, type Stated } from "./rules/stated.ts";

type Compared = Extract<Claim, { kind: "compared" }>;
type Unchanged = Extract<Claim, { kind: "unchanged" }>;
type Pair = Compared["pairs"][number];

/** "Stable" allows a change of a tenth, which repeated measurements show anyway. */
const STABLE = 0.1;

/** Checks each claim. A claim over several rows holds if it holds for half of them. */
export function recomputedClaims(source: Source): readonly Finding[] {
  return source.document.claims.flatMap((claim) => {
    if (claim.kind === "compared") return checkCompared(source, claim);
    return claim.kind === "unchanged" ? checkUnchanged(source, claim) : [];
  });
}

function checkCompared(source: Source, claim: Compared): readonly Finding[] {
  const stated = parseStated(claim.stated);
  if (stated === undefined) return [];
  if (claim.pairs.length === 0) return [unsupported(claim)];
  const computed = claim.pairs.flatMap((pair) => compute(source, claim.measure, pair));
  const possible = computed.filter(({ value }) => overlaps(value, asComputed(stated)));
  const fitting = computed.filter(({ printed }) => overlaps(printed, asComputed(stated)));
  if (computed.length === 0 || 2 * fitting.length >= computed.length) return [];
  const says =
    computed.length === 1
      ? `"${claim.text}" states ${stated.text}, the figures give ${computed[0]?.result ?? ""}`
      : `"${claim.text}" states ${stated.text}, which ${fitting.length} of ${computed.length} pairs of figures give`;
  return [finding(claim, possible.length === 0 ? "impossible" : "suspicious", says, computed)];
}

function checkUnchanged(source: Source, claim: Unchanged): readonly Finding[] {
  const computed = claim.pairs.flatMap((pair) => compute(source, "more", pair));
  const stable = computed.filter(({ value }) => overlaps(value, { low: -STABLE, high: STABLE }));
  if (computed.length === 0 || 2 * stable.length >= computed.length) return [];
  const says = `"${claim.text}", and ${computed.length - stable.length} of ${computed.length} figures change by over ${STABLE * 100} %`;
  // "Stable" has no agreed limit: such a claim can be doubted, not refuted.
  return [finding(claim, "suspicious", says, computed)];
}

function finding(claim: Claim, severity: Finding["severity"], says: string, computed: readonly Computed[]): Finding {
  return {
    rule: "recomputed claim",
    severity,
    place: claim.section,
    lines: [claim.line],
    says,
    arithmetic: computed.map(({ text, result }) => `${text} = ${result}`),
  };
}

function unsupported(claim: Compared): Finding {
  return {
    rule: "recomputed claim",
    severity: "undocumented",
    place: claim.section,
    lines: [claim.line],
    says: `"${claim.text}" follows from no figure of the document`,
    arithmetic: [],
  };
}

interface Computed {
  /** The value, with the uncertainty of both figures' last digits. */
  readonly value: Interval;
  /** The value of the figures as printed. */
  readonly printed: Interval;
  readonly text: string;
  readonly result: string;
}

function compute(source: Source, measure: Compared["measure"], { of, to }: Pair): readonly Computed[] {
  const left = figureOf(source, of);
  const right = left && inSameUnit(figureOf(source, to), left);
  if (left === undefined || right === undefined) return [];
  const exact = applied(measure, point(left), point(right));
  const result = measure === "plus" ? `${show(exact.low)} ${left.unit}`.trim() : percentOrFactor(measure, exact.low);
  return [{ value: applied(measure, left, right), printed: exact, text: expression(source, measure, of, to), result }];
}

function inSameUnit(figure: Stated | undefined, model: Stated): Stated | undefined {
  return figure && inUnit(figure, model.unit);
}

function applied(measure: Compared["measure"], of: Interval, to: Interval): Interval {
  const ratio = quotient(of, to);
  switch (measure) {
    case "more":
      return { low: ratio.low - 1, high: ratio.high - 1 };
    case "less":
      return { low: 1 - ratio.high, high: 1 - ratio.low };
    case "times":
      return ratio;
    case "plus":
      return minus(of, to);
  }
}

function expression(source: Source, measure: Compared["measure"], of: Figure, to: Figure): string {
  const [left, right] = [describeFigure(source, of), describeFigure(source, to)];
  switch (measure) {
    case "more":
      return `${left} / ${right} − 1`;
    case "less":
      return `1 − ${left} / ${right}`;
    case "times":
      return `${left} / ${right}`;
    case "plus":
      return `${left} − ${right}`;
  }
}

/** Returns the printed number itself, without the uncertainty of its last digit. */
function point({ low, high }: Interval): Interval {
  const middle = (low + high) / 2;
  return { low: middle, high: middle };
}

function percentOrFactor(measure: Compared["measure"], value: number): string {
  return measure === "times" ? show(value) : `${show(Math.round(value * 1000) / 10)} %`;
}

/**
 * Accepts rounded and truncated numbers, since prose has both ("30 %" for 30.8 %). Percentages are compared as
 * fractions.
 */
function asComputed({ low, high, halfDigit, unit }: Stated): Interval {
  const generous = { low: low - halfDigit, high: high + halfDigit };
  return unit === "%" ? scaled(generous, 1 / 100) : generous;
}
