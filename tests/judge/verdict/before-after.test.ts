import { expect, test } from "vitest";
import { beforeAndAfter } from "../../../stack/judge/verdict/before-after.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { FINGERPRINT, seeded, simulateRun } from "../../support/judge/runs.ts";

const run = (level: number, change: Partial<SmokeRun> = {}): SmokeRun => ({
  ...simulateRun({ random: seeded(level), scenarios: 1, blocks: 12, noise: 0.02, levels: { 0: level } }),
  ...change,
});

test("a switch to another profile is told with what it did to each scenario", () => {
  const comparison = beforeAndAfter(run(1000, { profile: "dev" }), run(2000, { profile: "qa" }));
  expect(comparison).toMatchObject({ left: "dev, 4 cpus, 8.0 GiB", right: "qa, 4 cpus, 8.0 GiB" });
  expect(comparison?.rows.find(({ comparison: { metric } }) => metric === "throughput")?.outcome).toBe("faster");
});

test("so is a machine of another size, with the difference named", () => {
  const fingerprint = { ...FINGERPRINT, cpus: 8, memoryMib: 16384 };
  const comparison = beforeAndAfter(run(1000), run(1000, { fingerprint }));
  expect(comparison?.right).toMatch(/, 8 cpus, 16\.0 GiB$/);
  expect(comparison?.differences).toContainEqual(expect.objectContaining({ field: "cpus", now: "8", baseline: "4" }));
});

test("the same profile on the same machine is nothing to tell: the verdict is for that", () => {
  expect(beforeAndAfter(run(1000), run(2000))).toBeUndefined();
});

test("a run that is incomplete, or measured nothing, is compared with nothing", () => {
  const other = run(1000, { profile: "qa" });
  expect(beforeAndAfter(undefined, other)).toBeUndefined();
  expect(beforeAndAfter(run(1000, { complete: false }), other)).toBeUndefined();
  expect(beforeAndAfter(run(1000, { scenarios: [] }), other)).toBeUndefined();
});
