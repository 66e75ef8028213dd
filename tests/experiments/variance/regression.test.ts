import { describe, expect, test } from "vitest";
import { normalOf } from "./normal.ts";
import { explain } from "./regression.ts";

const COUNT = 2000;
const normal = normalOf(7);
const column = () => Array.from({ length: COUNT }, () => normal());
const [server, client, others, noise] = [column(), column(), column(), column()];
const sum = (...parts: readonly (readonly [number, readonly number[]])[]) =>
  Array.from({ length: COUNT }, (_, index) =>
    parts.reduce((all, [slope, values]) => all + slope * (values[index] ?? 0), 0),
  );

const few = () => Array.from({ length: 12 }, () => normal());

describe("the explained variance", () => {
  test("is what a simulation was made with, part by part", () => {
    const found = explain(sum([2, server], [1, client], [1, noise]), { server, client, others });
    expect(found?.share).toBeCloseTo(5 / 6, 1);
    expect(found?.parts["server"]).toBeCloseTo(4 / 6, 1);
    expect(found?.parts["client"]).toBeCloseTo(1 / 6, 1);
    expect(found?.parts["others"]).toBeLessThan(0.01);
    expect(found?.residual).toBeCloseTo(1, 1);
  });

  test("is halved between two figures that say the same, in whatever order they are given", () => {
    const values = sum([1, server], [0.1, noise]);
    const twin = sum([3, server]);
    for (const by of [
      { server, twin },
      { twin, server },
    ]) {
      expect(explain(values, by)?.parts["server"]).toBeCloseTo(0.5, 1);
    }
  });

  test("is adjusted, so that figures that explain nothing add nothing on average", () => {
    const shares = Array.from({ length: 200 }, () => {
      return explain(few(), { a: few(), b: few(), c: few() })?.share ?? 0;
    });
    expect(shares.toSorted((a, b) => a - b)[100]).toBeLessThan(0.1);
  });

  test("is unknown where there are too few values, or all are the same", () => {
    expect(explain([1, 2], { a: [1, 2] })).toBeUndefined();
    expect(explain([1, 1, 1, 1], { a: [1, 2, 3, 4] })).toBeUndefined();
  });
});
