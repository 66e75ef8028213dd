import { describe, expect, test } from "vitest";
import { bestWindowMs, errorWithin, type Levels } from "./suggest.ts";

const levels = (change: Partial<Levels>): Levels => ({
  connections: { variance: 0.01 ** 2 },
  blocks: { variance: 0.03 ** 2 },
  windows: { variance: 0.1 ** 2 },
  windowMs: 80,
  overheadMs: 60,
  ...change,
});

describe("the suggested window", () => {
  test("has a smaller error within the same time than shorter and longer ones", () => {
    const best = bestWindowMs(levels({}));
    for (const other of [80, best / 2, best * 2, 1000]) {
      expect(errorWithin(2000, best, levels({}))).toBeLessThanOrEqual(errorWithin(2000, other, levels({})));
    }
  });

  test("is the longest where blocks add nothing, and the shortest where windows add nothing", () => {
    const none = { variance: 0 };
    expect(bestWindowMs(levels({ connections: none, blocks: none }))).toBe(1000);
    expect(bestWindowMs(levels({ windows: none }))).toBe(80);
  });
});
