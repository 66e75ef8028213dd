import { describe, expect, test } from "vitest";
import { components, type Nested } from "./nested.ts";
import { normalOf } from "./normal.ts";

/** Simulates runs, connections, blocks and windows whose levels add these standard deviations. */
function simulate(sizes: readonly number[], deviations: readonly number[], seed: number): readonly Nested[] {
  const normal = normalOf(seed);
  const level = (depth: number, centre: number): Nested =>
    depth === sizes.length
      ? centre
      : Array.from({ length: sizes[depth] ?? 0 }, () => level(depth + 1, centre + (deviations[depth] ?? 0) * normal()));
  const made = level(0, 9);
  if (typeof made === "number") throw new Error("no level was asked for");
  return made;
}

const estimates = (seeds: number, deviations: readonly number[]) =>
  Array.from({ length: seeds }, (_, seed) => components(simulate([5, 4, 4, 6], deviations, seed + 1)));

describe("nested analysis of variance", () => {
  test("finds the components that a simulation was made with, without bias", () => {
    const deviations = [0.06, 0.03, 0.05, 0.1];
    const all = estimates(400, deviations);
    for (const [level, deviation] of deviations.entries()) {
      const mean = all.reduce((sum, found) => sum + (found[level]?.estimate ?? 0), 0) / all.length;
      expect(mean / deviation ** 2).toBeGreaterThan(0.85);
      expect(mean / deviation ** 2).toBeLessThan(1.15);
    }
  });

  test("gives the degrees of freedom of every level", () => {
    expect(estimates(1, [1, 1, 1, 1])[0]?.map(({ df }) => df)).toEqual([4, 15, 60, 400]);
  });

  test("gives a level that adds nothing a share of next to nothing", () => {
    const all = estimates(100, [0, 0, 0, 0.1]);
    const share = (level: number) => all.reduce((sum, found) => sum + (found[level]?.share ?? 0), 0) / all.length;
    expect(share(3)).toBeGreaterThan(0.93);
    expect(all.every((found) => found.every(({ variance }) => variance >= 0))).toBe(true);
  });

  test("is the textbook's for two levels", () => {
    // Means 2 and 5; within: squares 2 and 2 over 4 degrees of freedom; between: 3 · (1.5² + 1.5²) = 13.5 over one.
    const [between, within] = components([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(within?.variance).toBeCloseTo(1, 12);
    expect(between?.variance).toBeCloseTo((13.5 - 1) / 3, 12);
  });

  test("refuses lists of different lengths, and levels with one member, which have no variance", () => {
    expect(() => components([[1, 2], [3]])).toThrow(RangeError);
    expect(() => components([[1], [2]])).toThrow(RangeError);
  });
});
