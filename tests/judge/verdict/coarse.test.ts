/** What a `meets` excludes: a fifth at least, and with more blocks a loss of the margin. */
import { expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { Block, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { judge, undecidedAgainst } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

function blocks(count: number, noise: number, level: number): readonly Block[] {
  const random = seeded(41);
  return Array.from({ length: count }, () => blockOf(random, noise, level));
}

const runWith = (noise: number) =>
  runOf([scenarioOf("store/a", blocks(6, 0.06, 950)), scenarioOf("store/b", blocks(6, noise, 950))]);

const baselineOf = (...scenarios: SmokeRun["scenarios"]) => recordBaseline([runOf(scenarios)]);

test("is `meets` for a loss of a fifth before it is for a smaller margin, and stays open for that", () => {
  const some = blocks(6, 0.06, 950);
  const before = baselineOf(scenarioOf("store/read", blocks(12, 0.02, 1000)));
  const [found] = judge(runOf([scenarioOf("store/read", some)]), before).scenarios;
  expect(found).toMatchObject({ verdict: "meets", decidedBy: "time", open: true });
  expect(found?.reason).toMatch(/^a loss of over 20 % is excluded, of over 1\d % not yet$/);
  expect(found?.blocksNeeded).toBeGreaterThan(6);
  const more = blocks(60, 0.06, 970);
  const [finer] = judge(runOf([scenarioOf("store/read", more)]), before).scenarios;
  expect(finer).toMatchObject({ verdict: "meets", open: false });
  const worse = blocks(60, 0.02, 850);
  expect(judge(runOf([scenarioOf("store/read", worse)]), before).scenarios[0]?.verdict).not.toBe("meets");
});

test("names the scenarios that are undecided for more blocks, and then those that could be finer", () => {
  const names = ["store/a", "store/b"];
  const before = baselineOf(...names.map((name) => scenarioOf(name, blocks(12, 0.02, 1000))));
  expect(undecidedAgainst(before)(runWith(0.3))).toEqual(["store/b"]);
  expect(undecidedAgainst(before)(runWith(0.06))).toEqual(["store/a", "store/b"]);
});
