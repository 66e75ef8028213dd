import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import {
  fitting,
  hurried,
  orderOf,
  scenariosIn,
  secondsFor,
  splitBlocks,
  splitTime,
} from "../../stack/measure/schedule.ts";
import { LATER_LOOKS, PLANNED_LOOKS } from "../../stack/judge/stats/looks.ts";

const count = (max: number) => fc.integer({ min: 1, max });
const LOOKS = [...PLANNED_LOOKS, ...LATER_LOOKS];

describe("the split of the time budget", () => {
  /** [budget in s, services, scenarios] -> [warm-up of a service in ms, window in ms, first look]. */
  test.each([
    ["the dev profile", [30, 5, 12], [1000, 127, 6]],
    ["one small service", [6, 1, 2], [1000, 157, 6]],
    ["twice the dev profile", [60, 5, 12], [1000, 322, 6]],
    ["time for more blocks than six", [120, 5, 12], [1000, 344, 12]],
    ["ten minutes for one service", [600, 1, 6], [1000, 1641, 30]],
    ["many scenarios of every service", [200, 5, 40], [1200, 350, 6]],
    ["little time for many services", [30, 20, 20], [270, 80, 6]],
    ["two hours for one scenario", [7200, 1, 1], [1000, 2000, 120]],
  ] as const)("gives %s its warm-up, windows and looks", (_, [budgetS, services, scenarios], expected) => {
    const { serviceWarmupMs, windowMs, looks, shortfall } = splitTime(budgetS, { services, scenarios });
    expect([serviceWarmupMs, windowMs, looks[0]]).toEqual(expected);
    expect(shortfall).toBeUndefined();
    const factor = expected[2] / 6;
    expect(looks).toEqual(LOOKS.map((look) => look * factor));
  });

  test("is the same for the same budget", () => {
    expect(splitTime(30, { services: 5, scenarios: 12 })).toEqual(splitTime(30, { services: 5, scenarios: 12 }));
  });

  test("says how many seconds six blocks would need", () => {
    const measuring = { services: 3, scenarios: 12 };
    const plan = splitTime(3, measuring);
    expect(plan.looks).toHaveLength(1);
    expect(plan.looks[0]).toBeLessThan(6);
    const advised = Number(/give (\d+) s/.exec(plan.shortfall ?? "")?.[1]);
    expect(splitTime(advised, measuring).shortfall).toBeUndefined();
  });

  test("never plans more than the budget for the warm-up and the blocks that every scenario gets", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 600, noNaN: true }), count(20), count(4), (budgetS, services, each) => {
        const scenarios = services * each;
        const plan = splitTime(budgetS, { services, scenarios });
        const [first = 0] = plan.looks;
        expect(first).toBeGreaterThanOrEqual(1);
        const warmMs = services * plan.serviceWarmupMs;
        const blocksMs = first * scenarios * (plan.warmupMs + plan.windowMs);
        expect(warmMs).toBeLessThanOrEqual(budgetS * 180 + services);
        if (plan.shortfall === undefined) expect(warmMs + blocksMs).toBeLessThanOrEqual(budgetS * 1000);
      }),
    );
  });
});

describe("the number of scenarios that a budget holds", () => {
  test.each([
    [30, 5, 12, 23],
    [30, 20, 40, 22],
    [27.6, 20, 40, 20],
    [3, 1, 2, 2],
    [1, 1, 2, 0],
  ])("%f s hold, of %i services with %i scenarios, %i", (budgetS, services, scenarios, expected) => {
    expect(scenariosIn(budgetS, { services, scenarios })).toBe(expected);
  });

  test("is all of them in the seconds that are said to hold all", () => {
    for (const services of [1, 5, 20, 50]) {
      const measuring = { services, scenarios: 3 * services };
      expect(scenariosIn(secondsFor(measuring), measuring)).toBeGreaterThanOrEqual(measuring.scenarios);
    }
  });
});

describe("the blocks in the time that is left", () => {
  const SCENARIOS = 12;

  test("are fewer and longer where connecting is expensive", () => {
    const cheap = splitBlocks(72_000, SCENARIOS * 10, SCENARIOS);
    const expensive = splitBlocks(72_000, SCENARIOS * 60, SCENARIOS);
    expect([cheap.looks[0], expensive.looks[0]]).toEqual([12, 6]);
    expect(expensive.windowMs).toBeGreaterThan(cheap.windowMs);
  });

  test("are never fewer than six, and their windows never shorter than 80 ms", () => {
    expect(splitBlocks(1000, SCENARIOS * 100, SCENARIOS)).toMatchObject({ windowMs: 80, looks: LOOKS });
  });

  test("of all scenarios end within three quarters of it, with their connections", () => {
    for (const overheadMs of [0, 5, 20, 60, 200]) {
      const { windowMs, warmupMs, looks } = splitBlocks(60_000, SCENARIOS * overheadMs, SCENARIOS);
      const takenMs = (looks[0] ?? 0) * SCENARIOS * (windowMs + warmupMs + overheadMs);
      expect(takenMs).toBeGreaterThan(0.9 * 45_000);
      expect(takenMs).toBeLessThanOrEqual(45_200);
    }
  });
});

describe("the scenarios that fit", () => {
  /** Six blocks of 96 ms take 576 ms without connecting, and 876 ms with 50 ms of it. */
  test.each([
    [2000, [0, 0, 0], 3],
    [1500, [0, 0, 0], 2],
    [1500, [50, 0, 0], 2],
    [1400, [50, 0, 0], 1],
    [500, [0], 0],
    [500, [], 0],
  ])("in %i ms with overheads %j are %i", (ms, overheadsMs, expected) => {
    expect(fitting(ms, overheadsMs)).toBe(expected);
  });
});

describe("a run that is late", () => {
  const planned = { warmupMs: 40, windowMs: 200 };

  /** [time left, rounds left, overhead of the last round] of two scenarios with blocks of 240 ms. */
  test.each([
    ["keeps its windows while they fit", [3000, 5, 120], 200],
    ["keeps them before its first round", [3000, 6, 0], 200],
    ["shortens them to what fits", [2200, 5, 120], 133],
    ["does not shorten them below 80 ms", [500, 5, 120], 80],
  ] as const)("%s", (_, [leftMs, rounds, overheadMs], windowMs) => {
    expect(hurried(planned, { leftMs, rounds, overheadMs, scenarios: 2 }).windowMs).toBe(windowMs);
  });
});

describe("the order of scenarios", () => {
  test("holds each scenario once, and gives each every place", () => {
    const items = ["a", "b", "c", "d"];
    const orders = Array.from({ length: 8 }, (_, block) => orderOf(items, block));
    for (const order of orders) expect(order.toSorted()).toEqual(items);
    for (let place = 0; place < 4; place += 1) expect(new Set(orders.map((order) => order[place])).size).toBe(4);
  });

  test("does not let one scenario always follow the same neighbour", () => {
    const followers = Array.from({ length: 8 }, (_, block) => {
      const order = orderOf(["a", "b", "c", "d"], block);
      return order[order.indexOf("a") + 1];
    });
    expect(new Set(followers).size).toBeGreaterThan(1);
  });

  test("is empty for no scenarios", () => {
    expect(orderOf([], 3)).toEqual([]);
  });
});
