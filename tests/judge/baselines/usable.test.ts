import { describe, expect, test } from "vitest";
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { disturbedRuns, marksOf, usable } from "../../../stack/judge/baselines/usable.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { besideOthers, normal, seeded, simulateRun } from "../../support/judge/runs.ts";

const random = seeded(17);

function runAt(level: number, otherCores = 0.2): SmokeRun {
  const levels = { 0: level, 1: level, 2: level };
  return besideOthers(simulateRun({ random, scenarios: 3, blocks: 8, noise: 0.03, levels }), otherCores);
}

const quiet = () => runAt(1000);
const busy = () => runAt(500, 3);
const wild = () => runAt(1000 * Math.exp(0.5 * normal(random)));
const fiveThatVary = () => Array.from({ length: 5 }, () => runAt(1000 * Math.exp(0.08 * normal(random))));
const placesOf = (baseline: RecordedBaseline) => disturbedRuns(baseline).map(({ run }) => run);

describe("the runs that are the expectation", () => {
  test("are all of an undisturbed baseline", () => {
    const baseline = recordBaseline([quiet(), quiet(), quiet()]);
    expect(baseline.disturbed).toEqual([]);
    expect(usable(baseline)).toEqual({ baseline, warnings: [] });
  });

  test("are the undisturbed ones if two are left, and the verdict says how many are not used", () => {
    const baseline = recordBaseline([busy(), quiet(), busy(), quiet()]);
    expect(placesOf(baseline)).toEqual([0, 2]);
    expect(usable(baseline).baseline.runs).toEqual([baseline.runs[1], baseline.runs[3]]);
    expect(judge(quiet(), baseline).verdict).toBe("meets");
    expect(judge(quiet(), baseline).warnings).toContain(
      "2 runs are left out of the baseline's 4: disturbed when recorded; `npm run baseline -- show` says why",
    );
  });

  test("are all where fewer than two undisturbed ones are left", () => {
    const baseline = recordBaseline([busy(), quiet()]);
    expect(placesOf(baseline)).toEqual([0]);
    expect(usable(baseline).baseline.runs).toHaveLength(2);
  });

  test("do not hide a loss behind runs that were recorded under load", () => {
    const six = Array.from({ length: 6 }, () => runAt(1000 * Math.exp(-1 + 0.5 * normal(random)), 3));
    const baseline = recordBaseline([...six, quiet(), quiet(), quiet()]);
    expect(judge(quiet(), baseline).verdict).toBe("meets");
    expect(judge(runAt(600), baseline).verdict).toBe("below");
  });

  test("are found in a baseline that was recorded before runs were marked", () => {
    const { disturbed: _, ...older } = recordBaseline([busy(), quiet(), quiet()]);
    expect(placesOf(older)).toEqual([0]);
    expect(usable(older).baseline.runs).toHaveLength(2);
  });

  test("are the same object at every look of a run", () => {
    const baseline = recordBaseline([busy(), quiet(), quiet()]);
    expect(usable(baseline).baseline).toBe(usable(baseline).baseline);
  });
});

describe("a run far from the others", () => {
  test("is marked with its distance", () => {
    const runs = [quiet(), quiet(), runAt(690), quiet(), quiet()];
    const [mark, ...others] = marksOf(runs);
    expect(mark?.run).toBe(2);
    expect(mark?.why).toMatch(/^its throughput is 3\d % below that of the other runs$/);
    expect(others).toEqual([]);
    expect(marksOf([...runs.slice(0, 2), runAt(1500), ...runs.slice(3)])[0]?.why).toMatch(/above/);
  });

  test("is not far among runs that differ as much", () => {
    expect(marksOf([700, 800, 1000, 1200, 1400].map((level) => runAt(level)))).toEqual([]);
  });

  test("is not marked among four runs, whose middle says little", () => {
    expect(marksOf([quiet(), quiet(), quiet(), runAt(600)])).toEqual([]);
  });

  test("is one in twenty at most where five runs vary by chance alone", () => {
    const marked = Array.from({ length: 200 }, fiveThatVary).flatMap(marksOf).length;
    expect(marked).toBeLessThanOrEqual(0.05 * 1000);
  });
});

describe("the warning of a verdict", () => {
  test("says that the baseline is too noisy to decide anything, and the remedy", () => {
    const { warnings } = judge(quiet(), recordBaseline([wild(), wild(), wild()]));
    expect(warnings.join("\n")).toMatch(
      /the baseline is (?:too )?noisy.* \d+ %; record it again on a quiet machine: `npm run baseline -- record`/,
    );
  });

  test("is absent for a baseline of even runs", () => {
    expect(judge(quiet(), recordBaseline([quiet(), quiet(), quiet()])).warnings).toEqual([]);
  });
});
