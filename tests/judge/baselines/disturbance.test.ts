import { array, assert, double, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block } from "../../../stack/core/results/measurement.ts";
import { disturbanceOf } from "../../../stack/judge/baselines/disturbance.ts";
import { sampled } from "../../support/judge/resources.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const random = seeded(3);
const NOISE = 0.1;

/** Four cpus; `others` by block. */
function runBeside(others: readonly number[], steal = 0, noise = NOISE) {
  const blocks = others.map((otherCores): Block => ({
    ...blockOf(random, noise),
    machine: { otherCores, stealCores: steal, heldBack: 0 },
  }));
  return runOf([scenarioOf("store/read", blocks)]);
}

const twelve = (noise: number) => Array.from({ length: 12 }, () => blockOf(random, noise));
const eight = (cores: number) => Array.from({ length: 8 }, () => cores);

describe("a run", () => {
  test("is not disturbed by what port forwarding uses for the load itself", () => {
    expect(disturbanceOf(runBeside(eight(1)))).toBeUndefined();
  });

  test("is disturbed where others use over a third of the machine, and says how much and how often", () => {
    expect(disturbanceOf(runBeside([...eight(0.2), ...eight(3.2)]))).toBe(
      "others used 1.7 of 4 cpus on average, in 50 % of the blocks over 1.3",
    );
  });

  test("is disturbed where a hypervisor takes cpu", () => {
    expect(disturbanceOf(runBeside(eight(0), 0.5))).toBe("the hypervisor took 0.5 of 4 cpus on average");
  });

  test("is disturbed where it was stopped, whatever else it shows", () => {
    expect(disturbanceOf({ ...runBeside(eight(0)), stoppedS: 12.3 })).toBe(
      "the measuring process or its computer was stopped for 12.3 s",
    );
  });

  test("is disturbed where its blocks vary as they never do on a quiet machine, though nobody else is seen", () => {
    expect(disturbanceOf(runBeside([...eight(0), ...eight(0)], 0, 1))).toMatch(
      /^the blocks of a scenario varied by \d+ %, on a quiet machine they vary by at most 25 %$/,
    );
  });

  test("is not disturbed by one block that stalled", () => {
    const { scenarios, ...run } = runBeside(eight(0.1));
    const [first] = scenarios;
    if (first?.status !== "measured") throw new Error("not measured");
    const [block, ...others] = first.blocks;
    if (!block) throw new Error("no block");
    const stalled = { ...first, blocks: [{ ...block, throughput: block.throughput / 50 }, ...others] };
    expect(disturbanceOf({ ...run, scenarios: [stalled] })).toBeUndefined();
  });

  test("of an older version is judged by its samples", () => {
    const run = runOf([
      scenarioOf(
        "store/read",
        eight(0).map(() => blockOf(random, NOISE)),
      ),
    ]);
    expect(disturbanceOf({ ...run, resources: sampled("store/read", { others: 0.5 }) })).toBeUndefined();
    expect(disturbanceOf({ ...run, resources: sampled("store/read", { others: 2.4 }) })).toBe(
      "others used 2.4 of 4 cpus on average, in 100 % of the blocks over 1.3",
    );
  });

  test("of an older version without samples is judged by its variation alone", () => {
    expect(disturbanceOf(runOf([scenarioOf("store/read", twelve(NOISE))]))).toBeUndefined();
    expect(disturbanceOf(runOf([scenarioOf("store/read", twelve(1))]))).toContain("varied by");
    expect(disturbanceOf(runOf([]))).toBeUndefined();
  });

  test("never becomes undisturbed because others use more", () => {
    assert(
      property(
        array(double({ min: 0, max: 4, noNaN: true }), { minLength: 6, maxLength: 20 }),
        double({ min: 0, max: 2, noNaN: true }),
        (others, more) => {
          const before = disturbanceOf(runBeside(others, 0, 0)) !== undefined;
          const after =
            disturbanceOf(
              runBeside(
                others.map((cores) => cores + more),
                0,
                0,
              ),
            ) !== undefined;
          return !before || after;
        },
      ),
    );
  });
});
