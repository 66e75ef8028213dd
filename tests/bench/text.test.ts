import { expect, test } from "vitest";
import { durationMs, rate } from "../../stack/bench/text.ts";

test("rates have three figures, and separators where there are more", () => {
  expect([0.4567, 85, 99.95, 100.4, 12_345.6].map(rate)).toEqual(["0.457", "85.0", "100", "100", "12,346"]);
});

test("durations are microseconds below a millisecond", () => {
  expect([0.0804, 0.9994, 1.4, 208.4, undefined].map(durationMs)).toEqual([
    "80 µs",
    "999 µs",
    "1.40 ms",
    "208 ms",
    "not measured",
  ]);
});
