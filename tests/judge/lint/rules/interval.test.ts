import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  minus,
  overlaps,
  plus,
  product,
  quotient,
  type Interval,
} from "../../../../stack/judge/lint/rules/interval.ts";

const number = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const within = number.chain((low) =>
  fc.record({
    low: fc.constant(low),
    width: fc.double({ min: 0, max: 10, noNaN: true }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);
const made = within.map(({ low, width, at }) => ({ interval: { low, high: low + width }, inside: low + at * width }));
const holds = ({ low, high }: Interval, value: number) => overlaps({ low, high }, { low: value, high: value });

test("what is computed of two numbers lies in what is computed of their intervals", () => {
  fc.assert(
    fc.property(made, made, (left, right) => {
      expect(holds(plus(left.interval, right.interval), left.inside + right.inside)).toBe(true);
      expect(holds(minus(left.interval, right.interval), left.inside - right.inside)).toBe(true);
      expect(holds(product(left.interval, right.interval), left.inside * right.inside)).toBe(true);
      expect(holds(quotient(left.interval, right.interval), left.inside / right.inside)).toBe(true);
    }),
  );
});

test("a divisor that may be zero leaves the quotient open above", () => {
  expect(quotient({ low: 1, high: 2 }, { low: -0.5, high: 0.5 }).high).toBe(Infinity);
});
