import { describe, expect, test } from "vitest";
import type { ScenarioVerdict, VerdictReport } from "../../stack/core/results/verdict.ts";
import { outlookOf } from "../../stack/judge/outlook.ts";
import { LATER_LOOKS, PLANNED_LOOKS } from "../../stack/judge/stats/looks.ts";
import { runOf, seeded, simulateRun } from "../support/judge/runs.ts";

const simulated = simulateRun({ random: seeded(3), scenarios: 3, blocks: 15, noise: 0.05 });
const run = runOf(simulated.scenarios, {
  plan: { warmupMs: 20, windowMs: 140, looks: [...PLANNED_LOOKS, ...LATER_LOOKS] },
});

const open = (index: number, change: Partial<ScenarioVerdict>): ScenarioVerdict => ({
  name: `store/operation-${index}`,
  verdict: "inconclusive",
  reason: "",
  comparisons: [],
  open: true,
  ...change,
});

const reportOf = (...scenarios: readonly ScenarioVerdict[]): VerdictReport => ({
  verdict: "inconclusive",
  summary: "",
  scenarios,
  warnings: [],
});

describe("the outlook of a run", () => {
  test("adds up the seconds until the looks that would decide its open scenarios", () => {
    const report = reportOf(
      open(0, { blocksNeeded: 18 }),
      open(1, { decidedInS: 7 }),
      open(2, { open: false, verdict: "meets" }),
    );
    // 5 blocks until the look at 20, of 160 ms and a quarter of it for connecting, make one second.
    expect(outlookOf(report, run)).toEqual({ scenarios: 3, undecided: 2, decidable: 2, expectedS: 8 });
  });

  test("has no seconds for what no look would decide", () => {
    const report = reportOf(open(0, {}), open(1, { blocksNeeded: 151 }));
    expect(outlookOf(report, run)).toEqual({ scenarios: 3, undecided: 2, decidable: 0, expectedS: 0 });
  });
});
