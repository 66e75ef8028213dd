import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { placesOf } from "./places.ts";

test("places are the middles of equal parts, each once", () => {
  assert(
    property(integer({ min: 1, max: 100 }), (count) => {
      const middles = Array.from({ length: count }, (_, index) => (index + 0.5) / count);
      expect(placesOf(count).toSorted((a, b) => a - b)).toEqual(middles);
    }),
  );
});

test("also the first four of many are spread over the whole", () => {
  expect(placesOf(20).slice(0, 4)).toEqual([0.025, 0.675, 0.325, 0.975]);
});
