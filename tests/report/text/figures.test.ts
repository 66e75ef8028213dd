import { expect, test } from "vitest";
import { durationText, rate, tickText, whenText } from "../../../stack/report/text/figures.ts";
import { percentChange } from "../../../stack/core/units.ts";

test.for([
  [rate(12_340.4), "12,340"],
  [rate(2.7345), "2.73"],
  [rate(99.95), "100"],
  [durationText(0.31), "310 µs"],
  [durationText(4.2), "4.20 ms"],
  [durationText(0.0804), "80 µs"],
  [durationText(undefined), "not measured"],
  [durationText(999.7), "1.00 s"],
  [durationText(61_000), "61.0 s"],
  [percentChange(Math.log(1.03)), "+3 %"],
  [percentChange(Math.log(0.88)), "\u221212 %"],
  [percentChange(-0.001), "0 %"],
  [tickText(12_000), "12,000"],
  [tickText(120_000), "120k"],
  [whenText("2026-01-02T03:04:05.000Z"), "2026-01-02 03:04 UTC"],
  [whenText("yesterday"), "yesterday"],
] as const)("%s must be %s", ([text, expected]) => {
  expect(text).toBe(expected);
});
