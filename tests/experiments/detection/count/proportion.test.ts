import { describe, expect, test } from "vitest";
import { proportion } from "./proportion.ts";

describe("the interval of a counted share", () => {
  // Published tables of Clopper and Pearson's limits, 95 %, two-sided.
  test.each([
    [0, 20, 0, 0.1684],
    [20, 20, 0.8316, 1],
    [19, 20, 0.7513, 0.9987],
    [5, 10, 0.1871, 0.8129],
    [1, 50, 0.0005, 0.1065],
    [0, 50, 0, 0.0711],
    [96, 100, 0.9007, 0.989],
  ])("of %i in %i is that of the published tables", (successes, trials, low, high) => {
    const found = proportion(successes, trials);
    expect(found.low).toBeCloseTo(low, 3);
    expect(found.high).toBeCloseTo(high, 3);
  });

  test("is everything where nothing was counted", () => {
    expect(proportion(0, 0)).toEqual({ successes: 0, trials: 0, share: undefined, low: 0, high: 1 });
  });
});
