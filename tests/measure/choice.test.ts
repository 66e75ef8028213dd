import { describe, expect, test } from "vitest";
import type { Effect } from "../../stack/core/service/scenario.ts";
import { byPriority, choose } from "../../stack/measure/choice.ts";

const of = (name: string, effect: Effect = "read") => ({ name, service: name.split("/")[0] ?? "", effect });
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

const SCENARIOS = [
  of("sql/insert", "durable write"),
  of("sql/select"),
  of("sql/scan"),
  of("sql/update", "durable write"),
  of("cache/set", "volatile write"),
  of("cache/get"),
  of("queue/publish", "durable write"),
  of("queue/deliver", "volatile write"),
];

describe("the priority of scenarios", () => {
  test("is a read of every service, then a durable write of every service, then the others in turn", () => {
    expect(names(byPriority(SCENARIOS))).toEqual([
      "sql/select",
      "cache/get",
      "queue/publish",
      "sql/insert",
      "cache/set",
      "queue/deliver",
      "sql/scan",
      "sql/update",
    ]);
  });
});

describe("the choice of scenarios", () => {
  test("keeps the order in which the services declare them", () => {
    expect(names(choose(SCENARIOS, 5))).toEqual([
      "sql/insert",
      "sql/select",
      "cache/set",
      "cache/get",
      "queue/publish",
    ]);
  });

  test("leaves every service one, however short the time", () => {
    expect(names(choose(SCENARIOS, 0))).toEqual(["sql/select", "cache/get", "queue/publish"]);
  });

  test("is everything if everything fits, and the same each time", () => {
    expect(choose(SCENARIOS, 100)).toEqual(SCENARIOS);
    expect(choose(SCENARIOS, 4)).toEqual(choose(SCENARIOS, 4));
  });

  test("of twenty services with a read and a durable write each has a read of each, then writes", () => {
    const many = Array.from({ length: 20 }, (_, index) => [
      of(`s${index}/write`, "durable write"),
      of(`s${index}/read`),
    ]).flat();
    const chosen = choose(many, 23);
    expect(chosen.filter(({ effect }) => effect === "read")).toHaveLength(20);
    expect(names(chosen.filter(({ effect }) => effect === "durable write"))).toEqual([
      "s0/write",
      "s1/write",
      "s2/write",
    ]);
  });
});
