/** All rules over one baseline. A rule knows what numbers can be, and no document, service or machine by name. */
import type { BenchTool } from "../../core/service/bench-tool.ts";
import type { Baseline, RecordedBaseline } from "../../core/results/baseline.ts";
import type { ReferenceBaseline } from "../../core/results/reference.ts";
import { ab } from "./ab.ts";
import { physicalBounds } from "./rules/bounds.ts";
import { recomputedClaims } from "./claims.ts";
import { constantRatios } from "./rules/constant-ratio.ts";
import { rateTimesTime } from "./rules/counts.ts";
import { wholeAndPart } from "./rules/dominance.ts";
import { SEVERITIES, type Finding } from "../../core/results/finding.ts";
import { histogramAgainstBlocks } from "./rules/histogram.ts";
import { littleInBlocks, littleInRows } from "./rules/little.ts";
import { missingInDocument, missingInRecording } from "./rules/method.ts";
import { sameModeTwice } from "./rules/modes.ts";
import { percentilesInBlocks, percentilesInDocument } from "./rules/percentiles.ts";
import { ranks } from "./rules/ranks.ts";
import { recordedScenarios } from "./recorded.ts";
import { repeatedBlocks } from "./rules/repeated.ts";
import { restated } from "./rules/restated.ts";
import { toolFlags } from "./rules/tool-flags.ts";
import { toolOutput } from "./rules/tool-output.ts";
import { totals } from "./rules/totals.ts";
import { unknownFigures } from "./rules/unknown-figure.ts";
import { wholeMilliseconds } from "./rules/whole-milliseconds.ts";

/** What cannot be comes first. `tools` are the load tools of services; that of HTTP is known here. */
export function lintBaseline(baseline: Baseline, tools: readonly BenchTool[] = []): readonly Finding[] {
  const found = baseline.kind === "recorded" ? lintRecorded(baseline) : lintReference(baseline, tools);
  return found.toSorted((left, right) => SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity));
}

/** Why a recorded baseline cannot be true; empty when nothing speaks against it. */
export function contradictions(baseline: RecordedBaseline): readonly Finding[] {
  const known = KNOWN.get(baseline);
  if (known !== undefined) return known;
  const found = lintBaseline(baseline).filter(({ severity }) => severity === "impossible");
  KNOWN.set(baseline, found);
  return found;
}

/**
 * Whether a baseline fails the command: a recorded one that cannot be true is never compared with. References are only
 * shown, so that theirs are worth knowing; `strict` takes references and what is suspicious too.
 */
export function failsLint({ kind }: Baseline, findings: readonly Finding[], strict: boolean): boolean {
  if (strict) return findings.some(({ severity }) => severity !== "undocumented");
  return kind === "recorded" && findings.some(({ severity }) => severity === "impossible");
}

/** A run asks after every look, and decoding a histogram takes a millisecond; a baseline that was read never changes. */
const KNOWN = new WeakMap<RecordedBaseline, readonly Finding[]>();

function lintRecorded(baseline: RecordedBaseline): readonly Finding[] {
  const scenarios = recordedScenarios(baseline);
  const rules = [littleInBlocks, percentilesInBlocks, histogramAgainstBlocks, physicalBounds];
  return [
    ...rules.flatMap((rule) => scenarios.flatMap(rule)),
    ...repeatedBlocks(scenarios),
    ...missingInRecording(baseline),
  ];
}

function lintReference(document: ReferenceBaseline, tools: readonly BenchTool[]): readonly Finding[] {
  const source = { document, tools: [ab, ...tools] };
  const rules = [
    toolFlags,
    totals,
    littleInRows,
    constantRatios,
    percentilesInDocument,
    rateTimesTime,
    wholeMilliseconds,
    wholeAndPart,
    ranks,
    recomputedClaims,
    sameModeTwice,
    restated,
    toolOutput,
    missingInDocument,
    unknownFigures,
  ];
  return rules.flatMap((rule) => rule(source));
}
