/** What a change of profile or machine did to the speed: compares two runs of one stack. */
import { recordBaseline } from "../baseline.ts";
import { isMeasured } from "../../core/results/baseline.ts";
import { compareBaselines } from "./compare.ts";
import { type BaselineComparison } from "../../core/results/comparison.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";

/**
 * Compares the run after a change with the last one before it. Undefined if profile and machine are the same (verdicts
 * cover that), or if one of the runs is incomplete or measured nothing.
 */
export function beforeAndAfter(before: SmokeRun | undefined, after: SmokeRun): BaselineComparison | undefined {
  if (!before || !isUsable(before) || !isUsable(after)) return undefined;
  const [left, right] = [describeRun(before), describeRun(after)];
  if (left === right) return undefined;
  return compareBaselines(recordBaseline([before], left), recordBaseline([after], right));
}

function isUsable({ complete, scenarios }: SmokeRun): boolean {
  return complete && scenarios.some(isMeasured);
}

/** "dev, 2 cpus, 8.0 GiB". */
function describeRun({ profile, fingerprint: { cpus, memoryMib } }: SmokeRun): string {
  return `${profile}, ${cpus} cpus, ${(memoryMib / 1024).toFixed(1)} GiB`;
}
