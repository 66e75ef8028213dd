/** Blocks that are equal to the last bit were copied: no two measurements are. */
import type { Block } from "../../../core/results/measurement.ts";
import type { Finding } from "../../../core/results/finding.ts";
import type { RecordedScenario } from "../recorded.ts";

/** Compares the blocks of all scenarios and runs of a baseline. */
export function repeatedBlocks(scenarios: readonly RecordedScenario[]): readonly Finding[] {
  const seen = new Map<string, string>();
  return scenarios.flatMap(({ place, scenario }) =>
    scenario.blocks.flatMap((block, index) => {
      const here = `${place}, block ${index + 1}`;
      const before = seen.get(keyOf(block));
      seen.set(keyOf(block), before ?? here);
      return before === undefined ? [] : [finding(here, before, block)];
    }),
  );
}

function keyOf({ throughput, meanMs, loaderCpu }: Block): string {
  return [throughput, meanMs, loaderCpu].join(" ");
}

function finding(place: string, before: string, { throughput, meanMs }: Block): Finding {
  const arithmetic = [`both: ${throughput} /s, mean ${meanMs} ms`];
  const says = `the same as ${before} in every digit`;
  return { rule: "repeated block", severity: "suspicious", place, lines: [], says, arithmetic };
}
