/**
 * Applies all rules to one baseline. Rules know what numbers can be; they know no document, service or machine by name.
 */
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";
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
import { cpuBounds, countBounds } from "./rules/work.ts";

/**
 * Returns the findings, impossible figures first. `tools` are the load tools of services; the one for HTTP is built in.
 */
export function lintBaseline(baseline: Baseline, tools: readonly LoadToolFormat[] = []): readonly Finding[] {
  const found = baseline.kind === "recorded" ? lintRecorded(baseline) : lintReference(baseline, tools);
  return found.toSorted((left, right) => SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity));
}

/** Returns why a recorded baseline cannot be true; empty if nothing contradicts it. */
export function contradictions(baseline: RecordedBaseline): readonly Finding[] {
  const known = KNOWN.get(baseline);
  if (known !== undefined) return known;
  const found = lintBaseline(baseline).filter(({ severity }) => severity === "impossible");
  KNOWN.set(baseline, found);
  return found;
}

/**
 * Returns whether the findings fail the command. A recorded baseline that cannot be true does, because runs are
 * compared with it. References are only shown, so their findings are only reported. With `strict`, findings on
 * references and suspicious figures fail it too.
 */
export function failsLint({ kind }: Baseline, findings: readonly Finding[], strict: boolean): boolean {
  if (strict) return findings.some(({ severity }) => severity !== "undocumented");
  return kind === "recorded" && findings.some(({ severity }) => severity === "impossible");
}

/**
 * Cache. A run asks after every interim analysis, and decoding a histogram takes a millisecond; a loaded baseline never
 * changes.
 */
const KNOWN = new WeakMap<RecordedBaseline, readonly Finding[]>();

function lintRecorded(baseline: RecordedBaseline): readonly Finding[] {
  const scenarios = recordedScenarios(baseline);
  const rules = [littleInBlocks, percentilesInBlocks, histogramAgainstBlocks, physicalBounds, cpuBounds, countBounds];
  return [
    ...rules.flatMap((rule) => scenarios.flatMap(rule)),
    ...repeatedBlocks(scenarios),
    ...missingInRecording(baseline),
  ];
}

function lintReference(document: ReferenceBaseline, tools: readonly LoadToolFormat[]): readonly Finding[] {
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
