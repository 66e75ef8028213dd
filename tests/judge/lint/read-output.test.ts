import { expect, test } from "vitest";
import { ab } from "../../../stack/judge/lint/ab.ts";
import { readOutput } from "../../../stack/judge/lint/read-output.ts";
import { AB_ARGV, AB_OUTPUT, outputOf } from "../../support/judge/lint.ts";

test("the figures and flags of an output are read, with units", () => {
  const { values, percentiles, flags } = readOutput(outputOf(AB_OUTPUT, { argv: AB_ARGV }), ab);
  expect(Object.fromEntries([...values].map(([name, { text, unit }]) => [name, `${text} ${unit}`.trim()]))).toEqual({
    clients: "10",
    seconds: "2.064 s",
    operations: "1337",
    rate: "647.69",
    meanMs: "15.440 ms",
    acrossMs: "1.544 ms",
  });
  expect(percentiles.map(({ percent }) => percent)).toEqual([50, 66, 75, 80, 90, 95, 98, 99, 100]);
  expect(Object.fromEntries(flags)).toEqual({ "-n": "60000", "-c": "10", "-t": "2" });
});
