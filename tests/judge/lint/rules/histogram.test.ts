import { describe, expect, test } from "vitest";
import type { Block } from "../../../../stack/core/results/measurement.ts";
import { blockOf, scenarioOf, seeded } from "../../../support/judge/runs.ts";
import { BREAD, foundIn, recordingOf } from "../../../support/judge/lint.ts";

const edited = (change: (block: Block) => Partial<Block>) =>
  foundIn(recordingOf({ ...BREAD, blocks: BREAD.blocks.map((block) => ({ ...block, ...change(block) })) }));

describe("a recording as it was made", () => {
  test("is free of findings, however noisy", () => {
    expect(foundIn(recordingOf(BREAD))).toEqual([]);
    for (let seed = 1; seed <= 40; seed += 1) {
      const noise = seeded(seed);
      const blocks = Array.from({ length: 6 + (seed % 7) }, () => blockOf(noise, 0.02 * (1 + (seed % 10))));
      expect(foundIn(recordingOf(scenarioOf("oven/cake", blocks)))).toEqual([]);
    }
  });
});

describe("a recording that was changed by hand", () => {
  test("is found where a throughput is raised, by the law and by the stored self-check", () => {
    const rules = edited(({ throughput }) => ({ throughput: 2 * throughput })).map(({ rule }) => rule);
    expect(rules).toContain("little's law");
    expect(rules).toContain("histogram and blocks");
  });

  test("is found by the histogram where throughput and latency were changed together", () => {
    const changed = edited(({ throughput, meanMs, p50Ms, p95Ms = 1 }) => {
      return { throughput: 2 * throughput, meanMs: meanMs / 2, p50Ms: p50Ms / 2, p95Ms: p95Ms / 2 };
    });
    expect(changed.map(({ severity, says }) => [severity, says])).toEqual([
      ["impossible", "the mean of the blocks is not that of the histogram"],
      ["impossible", "p50 of the histogram is not between those of the blocks"],
      ["impossible", "p95 of the histogram is not between those of the blocks"],
    ]);
  });

  test("is found where operations, percentiles or the histogram do not fit", () => {
    expect(edited(() => ({ operations: 600 })).map(({ says }) => says)).toEqual([
      "the histogram holds another number of operations than the blocks",
    ]);
    expect(edited(({ p50Ms }) => ({ p95Ms: p50Ms / 2 })).map(({ rule }) => rule)).toContain("percentile order");
    expect(foundIn(recordingOf({ ...BREAD, histogram: "nothing" })).map(({ says }) => says)).toEqual([
      "its histogram cannot be read",
    ]);
    expect(foundIn(recordingOf({ ...BREAD, blocks: [] })).map(({ says }) => says)).toEqual(["there is no block"]);
    expect(edited(() => ({ operations: 3 })).map(({ says }) => says)).toContain(
      "block 1: fewer operations than clients",
    );
  });
});
