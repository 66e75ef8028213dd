import { describe, expect, test } from "vitest";
import { steadiness } from "../../../stack/judge/stats/steady.ts";
import { correlated, seeded, type Random } from "../../support/judge/runs.ts";

interface Noise {
  readonly noise: number;
  readonly likeness?: number;
  readonly outliers?: number;
}

/** Blocks around 1000 as a machine makes them: skewed, like their neighbours, now and then slowed down by something else. */
function blocks(random: Random, length: number, { noise, likeness = 0.3, outliers = 0 }: Noise): readonly number[] {
  const next = correlated(random, likeness);
  return Array.from({ length }, () => 1000 * Math.exp(noise * next()) * (random() < outliers ? 0.6 : 1));
}

function share(seed: number, trials: number, make: (random: Random) => readonly number[], wanted: Wanted): number {
  const random = seeded(seed);
  let count = 0;
  for (let trial = 0; trial < trials; trial += 1) if (wanted(steadiness(make(random)))) count += 1;
  return count / trials;
}
type Wanted = (found: ReturnType<typeof steadiness>) => boolean;
const unsteady: Wanted = ({ kind }) => kind === "unsteady";
const whole: Wanted = (found) => found.kind === "steady" && found.from === 0;
const some: Wanted = (found) => found.kind === "steady" && found.from >= 3 && found.from <= 10;

describe("a series without a trend", () => {
  test.each([
    [6, { noise: 0.03, likeness: 0 }, 0.002],
    [6, { noise: 0.1, outliers: 0.05 }, 0.004],
    [15, { noise: 0.1, outliers: 0.05 }, 0.004],
    [60, { noise: 0.1, outliers: 0.05 }, 0.004],
    [15, { noise: 0.3, likeness: 0.5, outliers: 0.05 }, 0.02],
  ] as const)("of %i blocks with %o is called unsteady in at most a share of %f", (length, noise, most) => {
    const trials = length > 20 ? 300 : 1500;
    const found = share(length, trials, (random) => blocks(random, length, noise), unsteady);
    expect(found).toBeLessThanOrEqual(most + 3 * Math.sqrt(most / trials));
  });

  test("keeps all its blocks in at least 90 % of series", () => {
    expect(share(3, 500, (random) => blocks(random, 15, { noise: 0.1, outliers: 0.05 }), whole)).toBeGreaterThan(0.9);
  });

  test("is steady where nothing varies, and where there is too little to tell", () => {
    expect(steadiness([1000, 1000, 1000, 1000, 1000, 1000, 1000])).toEqual({ kind: "steady", from: 0 });
    expect(steadiness([100, 200, 300, 400, 500])).toEqual({ kind: "steady", from: 0 });
    expect(steadiness([])).toEqual({ kind: "steady", from: 0 });
  });

  test("may change by less than 3 % in its last half", () => {
    expect(steadiness(Array.from({ length: 12 }, (_, index) => 1000 + 4 * index))).toEqual({ kind: "steady", from: 0 });
    expect(steadiness(Array.from({ length: 12 }, (_, index) => 1000 + 12 * index)).kind).toBe("unsteady");
  });
});

/** Half as fast at first; what is missing halves every 1.4 blocks. */
const fading = (random: Random) =>
  blocks(random, 30, { noise: 0.03 }).map((value, index) => value * (1 - 0.5 * Math.exp(-index / 2)));

describe("warm-up", () => {
  test.each([
    [1, 9, 0.03],
    [2, 9, 0.03],
    [3, 15, 0.05],
    [5, 30, 0.05],
  ])("of %i cold blocks among %i is dropped exactly, in at least 85 of 100 series", (cold, length, noise) => {
    const make = (random: Random) =>
      blocks(random, length, { noise }).map((value, index) => (index < cold ? 0.6 * value : value));
    expect(share(cold, 200, make, (found) => found.kind === "steady" && found.from === cold)).toBeGreaterThanOrEqual(
      0.85,
    );
  });

  test("that fades is dropped as far as it can be told from noise", () => {
    expect(share(7, 200, fading, some)).toBeGreaterThanOrEqual(0.85);
  });

  test("leaves six blocks: one cold block of six is kept, and dropped once there are more", () => {
    const values = [600, 1010, 990, 1000, 1005, 995, 1002, 998, 1001];
    expect(steadiness(values.slice(0, 6))).toEqual({ kind: "steady", from: 0 });
    expect(steadiness(values)).toEqual({ kind: "steady", from: 1 });
  });
});

describe("a series that never settles", () => {
  test.each([
    [6, 0.03],
    [9, 0.05],
    [15, 0.05],
    [60, 0.1],
  ])("but rises by half over %i blocks with noise of %f is unsteady in at least 80 of 100 series", (length, noise) => {
    const make = (random: Random) =>
      blocks(random, length, { noise }).map((value, index) => value * (1 + (0.5 * index) / (length - 1)));
    expect(share(length, 200, make, unsteady)).toBeGreaterThanOrEqual(0.8);
  });

  test("says how far it moved, and in which direction", () => {
    const falling = Array.from({ length: 9 }, (_, index) => 1000 - 50 * index);
    const found = steadiness(falling);
    // The last six: from 850 to 600, around 725.
    expect(found.kind === "unsteady" && found.change).toBeCloseTo(-250 / 725, 6);
  });
});
