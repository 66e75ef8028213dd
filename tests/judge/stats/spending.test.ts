import { describe, expect, test } from "vitest";
import { lookConstant, LATER_LOOKS, PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { boundaries, crossed, normalUpperTail } from "../../../stack/judge/stats/spending.ts";
import { studentUpperTail } from "../../../stack/judge/stats/student.ts";
import { normal, seeded } from "../../support/judge/runs.ts";

const equal = (looks: number) => Array.from({ length: looks }, (_, index) => index + 1);
const constant = (looks: number, z: number) => equal(looks).map(() => z);

describe("the probability of having crossed a boundary", () => {
  /** Armitage, McPherson and Rowe, 1969, table 2: looks at a nominal 5 %. */
  test.each([
    [1, 0.05],
    [2, 0.083],
    [3, 0.107],
    [4, 0.126],
    [5, 0.142],
    [10, 0.193],
  ])("is the published one for %i naive looks", (looks, published) => {
    expect(crossed(equal(looks), constant(looks, 1.96)).at(-1)).toBeCloseTo(published, 3);
  });

  /** Pocock, 1977, table 1. */
  test.each([
    [2, 2.178],
    [3, 2.289],
    [4, 2.361],
    [5, 2.413],
    [10, 2.555],
  ])("is 5 %% for %i looks with Pocock's constant", (looks, z) => {
    expect(crossed(equal(looks), constant(looks, z)).at(-1)).toBeCloseTo(0.05, 3);
  });
});

describe("boundaries from a spending function", () => {
  test("are those whose crossing spends what was given", () => {
    const spent = [0.01, 0.02, 0.04, 0.05];
    const blocks = [5, 8, 20, 60];
    const found = crossed(blocks, boundaries(blocks, spent));
    for (const [index, share] of spent.entries()) expect(found[index]).toBeCloseTo(share, 5);
  });

  /** Lan and DeMets, 1983, table 1: five equal looks, one-sided 2.5 %, spending like O'Brien and Fleming's test. */
  test("are the published ones for the spending of O'Brien and Fleming", () => {
    const spent = equal(5).map((look) => 4 * normalUpperTail(2.2414 / Math.sqrt(look / 5)));
    const published = [4.8769, 3.3569, 2.6803, 2.2898, 2.031];
    const found = boundaries(equal(5), spent);
    for (const [index, z] of published.entries()) expect(found[index]).toBeCloseTo(z, 2);
  });
});

describe("a plan of twelve looks", () => {
  const looks = [...PLANNED_LOOKS, ...LATER_LOOKS];

  test("judges its first four looks as a plan of four does", () => {
    for (const blocks of PLANNED_LOOKS)
      expect(lookConstant(looks, blocks)).toEqual(lookConstant(PLANNED_LOOKS, blocks));
  });

  test("judges blocks between two looks as the later one, and all beyond the last as the last", () => {
    expect(lookConstant(looks, 21)).toEqual(lookConstant(looks, 27));
    expect(lookConstant(looks, 1000)).toEqual(lookConstant(looks, 150));
  });

  test("is the same for a long run, whose looks are all later by one factor", () => {
    const { z } = lookConstant(
      looks.map((look) => 5 * look),
      5 * 64,
    );
    expect(z).toBeCloseTo(lookConstant(looks, 64).z, 6);
  });

  test.each([0.05, 0.1] as const)("spends %f in all", (error) => {
    const z = looks.map((look) => lookConstant(looks, look, error).z);
    expect(crossed(looks, z).at(-1)).toBeCloseTo(error, 4);
  });

  test("has a false alarm in at most 5.5 % of runs, with Student's t as with known variance", () => {
    const random = seeded(29);
    const constants = looks.map((look) => lookConstant(looks, look));
    const trials = 6000;
    let [byZ, byT] = [0, 0];
    for (let trial = 0; trial < trials; trial += 1) {
      let [n, sum, squares] = [0, 0, 0];
      let [zCrossed, tCrossed] = [false, false];
      for (const [index, look] of looks.entries()) {
        for (; n < look; n += 1) {
          const value = normal(random);
          sum += value;
          squares += value * value;
        }
        const { z, tail } = constants[index] ?? { z: 0, tail: 1 };
        const deviation = Math.sqrt((squares - (sum * sum) / n) / (n - 1));
        if (Math.abs(sum) / Math.sqrt(n) > z) zCrossed = true;
        if (studentUpperTail(Math.abs(sum) / Math.sqrt(n) / deviation, n - 1) < tail) tCrossed = true;
      }
      byZ += zCrossed ? 1 : 0;
      byT += tCrossed ? 1 : 0;
    }
    expect(byZ / trials).toBeLessThan(0.055);
    expect(byZ / trials).toBeGreaterThan(0.04);
    expect(byT / trials).toBeLessThan(0.055);
  });
});
