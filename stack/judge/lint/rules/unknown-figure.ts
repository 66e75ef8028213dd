/** Finds claims that name a figure which the document does not contain: such claims cannot be checked. */
import type { Claim, Figure } from "../../../core/results/reference.ts";
import { describeFigure, figureOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";

export function unknownFigures(source: Source): readonly Finding[] {
  return source.document.claims.flatMap((claim) =>
    figuresOf(claim)
      .filter((figure) => figureOf(source, figure) === undefined)
      .map((figure) => ({
        rule: "unknown figure" as const,
        severity: "undocumented" as const,
        place: claim.section,
        lines: [claim.line],
        says: `"${claim.text}" needs a figure that is not there: ${describeFigure(source, figure)}`,
        arithmetic: [],
      })),
  );
}

function figuresOf(claim: Claim): readonly Figure[] {
  switch (claim.kind) {
    case "compared":
    case "unchanged":
      return claim.pairs.flatMap(({ of, to }) => [of, to]);
    case "ranked":
      return claim.ranks.flatMap(({ figures }) => figures);
    case "restated":
      return [claim.of, claim.to];
    case "product":
    case "statement":
      return [];
  }
}
