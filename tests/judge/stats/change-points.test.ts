import { describe, expect, test } from "vitest";
import { changePoints } from "../../../stack/judge/stats/change-points.ts";
import { normal, seeded, type Random } from "../../support/judge/runs.ts";

/** Levels by number of values: [[12, 1000], [8, 700]]. */
function series(random: Random, noise: number, levels: readonly (readonly [count: number, level: number])[]) {
  return levels.flatMap(([count, level]) =>
    Array.from({ length: count }, () => level * Math.exp(noise * normal(random))),
  );
}

/** Annual flow of the Nile at Aswan, 1871 to 1970, in 10⁸ m³. Source: Cobb, Biometrika 65, 1978, table 1. */
const NILE = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100,
  1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456,
  824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897,
  822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975,
  815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
];

describe("change points", () => {
  test("of the Nile are the one that is published: the level fell after 1898", () => {
    const found = changePoints(NILE);
    expect(found.map(({ index }) => 1871 + index)).toEqual([1899]);
    // Cobb's estimates of both levels are 1097.75 and 849.97.
    expect(found[0]?.before).toBeCloseTo(1097.75, 2);
    expect(found[0]?.after).toBeCloseTo(849.97, 2);
  });

  test("of exact steps lie where the steps are", () => {
    const steps = series(seeded(1), 0, [
      [12, 1000],
      [10, 1500],
      [14, 900],
    ]);
    expect(changePoints(steps)).toMatchObject([
      { index: 12, before: 1000, after: 1500 },
      { index: 22, before: 1500, after: 900 },
    ]);
  });

  test("show a loss that came and went", () => {
    const found = changePoints(
      series(seeded(2), 0.04, [
        [12, 1000],
        [10, 700],
        [12, 1000],
      ]),
    );
    expect(found.map(({ index }) => index)).toEqual([12, 22]);
  });

  test("show a loss of 30 % with the third run after twenty, in at least 95 % of series", () => {
    const random = seeded(3);
    let seen = 0;
    for (let trial = 0; trial < 40; trial += 1) {
      const [found] = changePoints(
        series(random, 0.05, [
          [20, 1000],
          [3, 700],
        ]),
      );
      if (found?.index === 20) seen += 1;
    }
    expect(seen).toBeGreaterThanOrEqual(38);
  });

  test("are not made of one run that a busy machine slowed down", () => {
    const values = series(seeded(4), 0.03, [[24, 1000]]);
    values[23] = 300;
    values[11] = 500;
    expect(changePoints(values)).toEqual([]);
  });

  test("are none in short or in equal series", () => {
    expect(changePoints([])).toEqual([]);
    expect(changePoints([1000])).toEqual([]);
    expect(changePoints([1000, 1000, 1000, 500, 500])).toEqual([]);
    expect(changePoints(Array.from({ length: 40 }, () => 1000))).toEqual([]);
  });

  test("are the same for the same series, and in any unit", () => {
    const values = series(seeded(5), 0.05, [
      [15, 1000],
      [15, 800],
    ]);
    expect(changePoints(values)).toEqual(changePoints(values));
    const doubled = changePoints(values.map((value) => 1024 * value));
    expect(doubled.map(({ index, p }) => [index, p])).toEqual(changePoints(values).map(({ index, p }) => [index, p]));
  });

  test("keep their index where the oldest runs of a long series are left out", () => {
    const long = series(seeded(6), 0, [
      [300, 1000],
      [30, 800],
    ]);
    expect(changePoints(long).map(({ index }) => index)).toEqual([300]);
  });

  test("are marked in an unchanged series as rarely as stated: in 1 of 200", () => {
    const random = seeded(7);
    const trials = 800;
    let alarms = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      // Skewed noise with outliers: the test by shuffling promises its level for any distribution.
      const values = Array.from({ length: 14 }, () => {
        return 1000 * Math.exp(0.1 * normal(random)) * (random() < 0.05 ? 0.5 : 1);
      });
      if (changePoints(values).length > 0) alarms += 1;
    }
    // Three standard errors above 0.5 %.
    expect(alarms / trials).toBeLessThanOrEqual(0.005 + 3 * Math.sqrt((0.005 * 0.995) / trials));
  });
});
