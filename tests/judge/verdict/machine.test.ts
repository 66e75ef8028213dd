import { expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { machineVerdict } from "../../../stack/judge/verdict/machine.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const random = seeded(1);
const run = (otherCores: number) =>
  runOf([
    scenarioOf(
      "store/read",
      Array.from({ length: 6 }, () => ({
        ...blockOf(random, 0.02),
        machine: { otherCores, stealCores: 0, heldBack: 0 },
      })),
    ),
  ]);

test("a machine whose others use more than in any run of the baseline is busy", () => {
  const baseline = recordBaseline([run(0.1), run(0.12)]);
  expect(machineVerdict(run(0.11), baseline)).toMatchObject({ state: "as at the baseline", loss: 0 });
  expect(machineVerdict(run(1), baseline)).toMatchObject({ state: "busy", otherCores: { now: 1 } });
});

test("a run whose blocks were not sampled says nothing about the machine", () => {
  const plain = runOf([scenarioOf("store/read", [blockOf(random, 0.02)])]);
  expect(machineVerdict(plain, recordBaseline([plain]))).toBeUndefined();
});
