import { describe, expect, test } from "vitest";
import { threadUse, type Counters, type ThreadTimes } from "../../../stack/core/machine/counters.ts";
import { countersAt } from "../../support/counters.ts";

type Times = readonly [ranS: number, waitedS: number, timeslices: number];

function counters(threads?: Readonly<Record<number, Times>>): Counters {
  const times = Object.entries(threads ?? {}).map(([id, [ranS, waitedS, timeslices]]): [number, ThreadTimes] => [
    Number(id),
    { ranS, waitedS, timeslices },
  ]);
  return countersAt(0, threads && { threads: new Map(times) });
}

describe("what threads did between two reads", () => {
  test("is the sum of their differences", () => {
    const before = counters({ 1: [10, 5, 100], 2: [1, 1, 10] });
    const now = counters({ 1: [12, 6, 130], 2: [1.5, 1, 11] });
    expect(threadUse(before, now)).toEqual({ ranS: 2.5, waitedS: 1, timeslices: 31 });
  });

  test("counts a thread that started meanwhile whole, and one that ended as nothing, never below it", () => {
    const before = counters({ 1: [10, 5, 100], 2: [50, 50, 5000] });
    const now = counters({ 1: [11, 5, 101], 3: [2, 0.5, 7] });
    expect(threadUse(before, now)).toEqual({ ranS: 3, waitedS: 0.5, timeslices: 8 });
  });

  test("knows a thread that got the id of one that ended", () => {
    const use = threadUse(counters({ 7: [9, 9, 90] }), counters({ 7: [1, 2, 3] }));
    expect(use).toEqual({ ranS: 1, waitedS: 2, timeslices: 3 });
  });

  test("is unknown where the kernel counts none", () => {
    expect(threadUse(counters(), counters({ 1: [1, 1, 1] }))).toBeUndefined();
    expect(threadUse(counters({ 1: [1, 1, 1] }), counters())).toBeUndefined();
  });
});
