import { describe, expect, test } from "vitest";
import type { Block } from "../../../stack/core/results/measurement.ts";
import type { Comparison } from "../../../stack/core/results/verdict.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { compareBaselines } from "../../../stack/judge/verdict/compare.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { worked, type Worked } from "../../support/judge/work.ts";

function blocksOf(seed: number, change: Worked, noise = 0.3) {
  const random = seeded(seed);
  return Array.from({ length: 8 }, () => worked(random, blockOf(random, noise), change));
}

const recorded = (runs: readonly (readonly Block[])[], name: string) =>
  recordBaseline(
    runs.map((blocks) => runOf([scenarioOf("store/read", blocks)])),
    name,
  );

/** The rows of work between two runs and a later one. */
function found(before: Worked, after: Worked): readonly Comparison[] {
  const older = recorded([blocksOf(2, before), blocksOf(3, before)], "before");
  const { rows } = compareBaselines(older, recorded([blocksOf(1, after)], "after"));
  return rows.map(({ comparison }) => comparison).filter(({ metric }) => metric.endsWith("per operation"));
}

const pagesOf = (before: number, after: number) =>
  found({ counted: { "pages read": before } }, { counted: { "pages read": after } }).find(
    ({ metric }) => metric === "pages read per operation",
  );

describe("the comparison of work", () => {
  test("must show a change of the cpu of an operation where the times vary by a third", () => {
    const [cpu] = found({ cpuUs: 50 }, { cpuUs: 75 });
    expect(cpu).toMatchObject({ metric: "cpu per operation" });
    expect(cpu?.now).toBeCloseTo(75, -1);
    expect(cpu?.expected).toBeCloseTo(50, -1);
    expect(-(cpu?.effect.estimate ?? 0)).toBeCloseTo(Math.log(1.5), 1);
    expect(cpu?.interval.high).toBeLessThan(-(cpu?.margin ?? 0));
    expect(cpu?.p).toBeLessThan(0.001);
  });

  test("must have every figure that both sides count, and no other", () => {
    const both = { "synced writes": 0.4 };
    const metrics = found({ counted: { ...both, "WAL bytes": 300 } }, { counted: both, bytesWritten: 4096 });
    expect(metrics.map(({ metric }) => metric)).toEqual([
      "cpu per operation",
      "synced writes per operation",
      "context switches per operation",
      "packets per operation",
    ]);
  });

  test("must take a count of next to nothing for nothing, and must compare with a count of zero", () => {
    expect(pagesOf(0, 0.01)?.p).toBeGreaterThan(0.5);
    expect(pagesOf(0, 0)).toMatchObject({ now: 0, expected: 0, p: 1 });
    expect(pagesOf(0, 3)?.effect.estimate).toBeLessThan(-3);
  });
});

const outcomes = (before: ReturnType<typeof recorded>, after: ReturnType<typeof recorded>) =>
  compareBaselines(before, after).rows.map(({ comparison: { metric }, outcome }) => [metric, outcome]);

describe("the comparison of baselines", () => {
  test("must have a row for each figure of work, with its outcome", () => {
    const before = recorded([blocksOf(4, { cpuUs: 50 }, 0.02)], "before");
    const after = recorded([blocksOf(5, { cpuUs: 80 }, 0.02)], "after");
    expect(outcomes(before, after)).toEqual([
      ["throughput", "same"],
      ["p95 latency", "same"],
      ["cpu per operation", "slower"],
      ["time held back", "same"],
      ["p5 latency", "same"],
      ["context switches per operation", "same"],
      ["packets per operation", "same"],
    ]);
  });

  test("must go by time alone where one was recorded without work", () => {
    const random = seeded(4);
    const bare = Array.from({ length: 8 }, () => blockOf(random, 0.02));
    const before = recorded([bare], "before");
    const metrics = outcomes(before, recorded([blocksOf(5, {}, 0.02)], "after")).map(([metric]) => metric);
    expect(metrics).toEqual(["throughput", "p95 latency"]);
  });
});
