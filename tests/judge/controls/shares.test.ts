import { expect, test } from "vitest";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { withSameShares } from "../../../stack/judge/controls/shares.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const runWith = (otherCores: number, engineCores?: number): SmokeRun => {
  const random = seeded(1);
  const machine = { otherCores, stealCores: 0, heldBack: 0, ...(engineCores !== undefined && { engineCores }) };
  return runOf([
    scenarioOf(
      "store/read",
      [1, 2].map(() => ({ ...blockOf(random, 0.02, 100), machine })),
    ),
  ]);
};
const othersOf = ({ scenarios }: SmokeRun) =>
  scenarios.flatMap((each) => (each.status === "measured" ? each.blocks.map(({ machine }) => machine) : []));

test("the engine is one of the others where a reading of either side cannot see it", () => {
  const old = recordBaseline([runWith(0.5)]);
  const { run, baseline } = withSameShares(runWith(0.1, 0.4), old);
  expect(othersOf(run)).toEqual([1, 2].map(() => ({ otherCores: 0.5, stealCores: 0, heldBack: 0 })));
  expect(baseline.runs.flatMap(othersOf)).toEqual(othersOf(run));
});

test("both sides stay as they are where all see it, or none", () => {
  for (const engine of [0.4, undefined]) {
    const [run, baseline] = [runWith(0.1, engine), recordBaseline([runWith(0.2, engine)])];
    expect(withSameShares(run, baseline)).toEqual({ run, baseline });
  }
});
