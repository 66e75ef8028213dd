/** Whether recorded figures can be true: rules that hold for any closed loop, whatever was measured. */
import { isMeasured, type RecordedBaseline } from "./baseline.ts";
import type { Block, MeasuredScenario } from "./document.ts";
import { checkLittle } from "./stats/little.ts";

/**
 * Why a baseline cannot be true; empty when nothing speaks against it. A file that was edited by hand, or taken by a
 * harness that was wrong, contradicts itself here.
 */
export function contradictions(baseline: RecordedBaseline): readonly string[] {
  return baseline.runs.flatMap(({ scenarios }) => scenarios.filter(isMeasured).flatMap(inScenario));
}

function inScenario(scenario: MeasuredScenario): readonly string[] {
  if (scenario.blocks.length === 0) return [`${scenario.name}: no blocks`];
  const found = scenario.blocks.flatMap((block, index) =>
    inBlock(scenario, block).map((text) => `${scenario.name}, block ${index + 1}: ${text}`),
  );
  const little = scenario.blocks.filter((block) => !lawHolds(scenario, block)).length;
  // One block may hold a pause of the machine between two operations; half of them may not.
  if (2 * little > scenario.blocks.length) {
    found.push(`${scenario.name}: throughput × mean latency is not ${scenario.clients} in ${little} blocks`);
  }
  return found;
}

function inBlock(scenario: MeasuredScenario, block: Block): readonly string[] {
  const found: string[] = [];
  if (block.p95Ms !== undefined && block.p95Ms < block.p50Ms) found.push("p95 is below p50");
  // At least half of the samples are at or above the median, so the mean is at least half of it.
  if (block.meanMs < block.p50Ms / 2.02) found.push("the mean is less than half the median");
  if (block.operations < scenario.clients) found.push("fewer operations than clients");
  return found;
}

function lawHolds(scenario: MeasuredScenario, block: Block): boolean {
  return checkLittle(scenario.clients, block.throughput, block.meanMs).holds;
}
