import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { orderOf, splitTime } from "../../stack/measure/schedule.ts";
import { PLANNED_LOOKS } from "../../stack/judge/stats/looks.ts";

describe("the split of the time budget", () => {
  test("gives ten scenarios six blocks and later looks within 30 s", () => {
    const plan = splitTime(30, 10);
    expect(plan.looks).toEqual(PLANNED_LOOKS);
    expect(plan.shortfall).toBeUndefined();
    expect(plan.windowMs).toBeGreaterThanOrEqual(100);
  });

  test("gives a long run more blocks of a second, all looks by the same factor", () => {
    const plan = splitTime(600, 6);
    expect(plan.windowMs).toBe(1000);
    expect(plan.looks).toEqual(PLANNED_LOOKS.map((look) => 5 * look));
    expect(splitTime(7200, 1).looks.at(-1)).toBe(300);
  });

  test("is the same for the same budget", () => {
    expect(splitTime(30, 12)).toEqual(splitTime(30, 12));
  });

  test("says how many seconds six blocks would need", () => {
    const plan = splitTime(3, 12);
    expect(plan.looks).toHaveLength(1);
    expect(plan.looks[0]).toBeLessThan(6);
    const advised = Number(/give (\d+) s/.exec(plan.shortfall ?? "")?.[1]);
    expect(splitTime(advised, 12).shortfall).toBeUndefined();
  });

  test("never plans more than the budget for the blocks that every scenario gets", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 600, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (budgetS, scenarios) => {
          const plan = splitTime(budgetS, scenarios);
          const [first = 0] = plan.looks;
          expect(first).toBeGreaterThanOrEqual(1);
          expect(plan.warmupMs + plan.windowMs).toBeLessThanOrEqual(plan.slotMs + 1);
          if (plan.shortfall === undefined)
            expect((first + 1) * scenarios * plan.slotMs).toBeLessThanOrEqual(budgetS * 1000);
        },
      ),
    );
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
