import { describe, expect, test } from "vitest";
import { detectionDocument, detectionText } from "./document.ts";
import type { Sample } from "./samples.ts";

const CONDITIONS = { service: "store", budgetS: 10, machine: "4 cpus" };

const sample = (kind: Sample["kind"], write: number, change: Partial<Sample> = {}): Sample => ({
  slice: "first",
  kind,
  detail: "",
  verdict: "meets",
  reasons: [],
  throughput: { "store/read": 2000, "store/write": write },
  elapsedS: 10,
  ...change,
});
const clean = (count: number, slice = "first") =>
  Array.from({ length: count }, (_, index) => sample("clean", 1000 + index, { slice }));
const harmed = (count: number, write: number, change: Partial<Sample>) =>
  Array.from({ length: count }, (_, index) => sample("disk", write + index, change));
const held = (samples: readonly Sample[]) =>
  detectionDocument({ samples, conditions: CONDITIONS }).claims.map(({ holds }) => holds);
const found = { verdict: "below", cause: "disk sync" } as const;

describe("the count of an experiment", () => {
  test("says how much a fault takes from the scenario that it harms most", () => {
    const { faults } = detectionDocument({ samples: [...clean(5), ...harmed(5, 500, found)], conditions: CONDITIONS });
    expect(faults[0]?.effect?.scenario).toBe("store/write");
    expect(faults[0]?.effect?.loss).toBeCloseTo(0.5, 2);
  });

  test("compares each run with those without a fault on the same stack, for another may be faster", () => {
    const slow = clean(5, "second").map((each) => ({
      ...each,
      throughput: { "store/read": 1000, "store/write": 500 },
    }));
    const there = harmed(3, 250, { ...found, slice: "second" });
    const samples = [...clean(5), ...slow, ...harmed(3, 500, found), ...there];
    expect(detectionDocument({ samples, conditions: CONDITIONS }).faults[0]?.effect?.loss).toBeCloseTo(0.5, 1);
  });

  test("holds where every fault is found, named, and nothing else is said to be below", () => {
    const document = detectionDocument({ samples: [...clean(9), ...harmed(9, 400, found)], conditions: CONDITIONS });
    expect(document.ok).toBe(true);
    expect(detectionText(document)).toContain("9 of 9");
  });

  test("does not hold where a fault is missed, misnamed, or seen where there is none", () => {
    const missed = [...harmed(8, 400, found), ...harmed(1, 400, { verdict: "inconclusive" })];
    const misnamed = [...harmed(7, 400, found), ...harmed(2, 400, { ...found, cause: "network" })];
    const seen = [...clean(9), sample("clean", 1000, found)];
    expect(held([...clean(9), ...missed])).toEqual([false, true, true]);
    expect(held([...clean(9), ...misnamed])).toEqual([true, false, true]);
    expect(held([...seen, ...harmed(9, 400, found)])).toEqual([true, true, false]);
  });

  test("claims nothing for a fault that takes less than 30 %, and says what it took", () => {
    const samples = [...clean(5), ...harmed(5, 850, { verdict: "inconclusive" })];
    const document = detectionDocument({ samples, conditions: CONDITIONS });
    expect(document.claims[0]?.holds).toBeUndefined();
    expect(detectionText(document)).toContain("-14.");
  });
});
