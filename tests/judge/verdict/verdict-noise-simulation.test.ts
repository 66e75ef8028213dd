/** How often the verdict is right over runs whose blocks differ by chance alone. */
import { describe, expect, test } from "vitest";
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { judge, undecidedAgainst } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, seeded, simulateBaseline, simulateRun, type Simulated } from "../../support/judge/runs.ts";

const TRIALS = 150;

/** What the runner does: undecided scenarios get more blocks at each planned look. */
function goOn(input: Simulated, baseline: RecordedBaseline): SmokeRun {
  let run = simulateRun({ ...input, blocks: PLANNED_LOOKS[0] ?? 6, bare: true });
  for (const look of PLANNED_LOOKS.slice(1)) {
    const open = undecidedAgainst(baseline)(run);
    if (open.length === 0) return run;
    run = {
      ...run,
      scenarios: run.scenarios.map((scenario, index) => {
        if (scenario.status !== "measured" || !open.includes(scenario.name)) return scenario;
        const blocks = [...scenario.blocks];
        while (blocks.length < look) blocks.push(blockOf(input.random, input.noise, input.levels?.[index]));
        return { ...scenario, blocks };
      }),
    };
  }
  return run;
}

function shareOf(verdict: string, seed: number, input: Omit<Simulated, "random" | "blocks">): number {
  const random = seeded(seed);
  let count = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const baseline = simulateBaseline({ random, noise: input.noise, scenarios: input.scenarios, blocks: 12 });
    const run = goOn({ ...input, random, blocks: 6 }, baseline);
    if (judge(run, baseline).verdict === verdict) count += 1;
  }
  return count / TRIALS;
}

describe("the verdict over simulated runs with 10 % block noise", () => {
  test.each([1, 10])("calls unchanged scenarios (%i) below in at most two of a hundred runs", (scenarios) => {
    expect(shareOf("below", 17 + scenarios, { scenarios, noise: 0.1 })).toBeLessThanOrEqual(0.02);
  });

  test("calls a loss of 35 % below in at least 95 % of runs", () => {
    expect(shareOf("below", 19, { scenarios: 1, noise: 0.1, levels: { 0: 650 } })).toBeGreaterThanOrEqual(0.95);
  });

  test("finds a loss of 35 % in one of ten scenarios in at least 95 % of runs", () => {
    expect(shareOf("below", 23, { scenarios: 10, noise: 0.1, levels: { 3: 650 } })).toBeGreaterThanOrEqual(0.95);
  });

  test("calls a loss of exactly the margin below in at most 2.5 % of runs", () => {
    expect(shareOf("below", 29, { scenarios: 1, noise: 0.03, levels: { 0: 900 } })).toBeLessThanOrEqual(0.025 + 0.015);
  });

  test("finds a loss of 35 % also against a baseline of the fewest blocks", () => {
    const random = seeded(31);
    let below = 0;
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const baseline = simulateBaseline({ random, noise: 0.1, scenarios: 1, blocks: 6 });
      const run = goOn({ random, noise: 0.1, scenarios: 1, blocks: 6, levels: { 0: 650 } }, baseline);
      if (judge(run, baseline).verdict === "below") below += 1;
    }
    expect(below / TRIALS).toBeGreaterThanOrEqual(0.95);
  });

  test("says that unchanged scenarios with 3 % noise meet the baseline in nearly every run", () => {
    expect(shareOf("meets", 37, { scenarios: 10, noise: 0.03 })).toBeGreaterThanOrEqual(0.95);
  });
});
