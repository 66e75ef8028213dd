/** Compares an order that a document states with the figures that decide it. */
import type { Claim } from "../../../core/results/reference.ts";
import { describeFigure, figureOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { inUnit } from "./stated.ts";

type Ranked = Extract<Claim, { kind: "ranked" }>;
type Rank = Ranked["ranks"][number];

/** Compares each two neighbours in the order: most of their figures must not contradict it. */
export function ranks(source: Source): readonly Finding[] {
  return source.document.claims.flatMap((claim) =>
    claim.kind === "ranked"
      ? claim.ranks.slice(1).flatMap((worse, index) => checkNeighbours(source, claim, claim.ranks[index], worse))
      : [],
  );
}

function checkNeighbours(source: Source, claim: Ranked, better: Rank | undefined, worse: Rank): readonly Finding[] {
  if (better === undefined) return [];
  const compared = better.figures.flatMap((figure, index) => {
    const other = worse.figures[index];
    const left = figureOf(source, figure);
    const right = other && figureOf(source, other);
    const same = left && right && inUnit(right, left.unit);
    if (left === undefined || same === undefined || other === undefined) return [];
    const isWrong = claim.better === "higher" ? left.high < same.low : left.low > same.high;
    return [{ isWrong, text: `${describeFigure(source, figure)}, ${describeFigure(source, other)}` }];
  });
  const wrong = compared.filter(({ isWrong }) => isWrong);
  if (wrong.length === 0 || 2 * wrong.length <= compared.length) return [];
  return [
    {
      rule: "rank and table",
      severity: wrong.length === compared.length ? "impossible" : "suspicious",
      place: claim.section,
      lines: [claim.line],
      says: `"${claim.text}" puts ${better.name} before ${worse.name}; ${wrong.length} of ${compared.length} figures say the opposite`,
      arithmetic: wrong.map(({ text }) => `${text} (${claim.better} is better)`),
    },
  ];
}
