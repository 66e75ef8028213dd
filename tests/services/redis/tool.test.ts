import { expect, test } from "vitest";
import { redisBenchmarkFormat } from "../../../stack/services/redis/tool.ts";
import { rateTimesTime } from "../../../stack/judge/lint/rules/counts.ts";
import { toolOutput } from "../../../stack/judge/lint/rules/tool-output.ts";
import { wholeMilliseconds } from "../../../stack/judge/lint/rules/whole-milliseconds.ts";
import { outputOf, sourceOf } from "../../support/judge/lint.ts";

/** Printed by redis-benchmark 8.0.2, told `-q -n 20000 -t ping,set,get`. */
const REAL = [
  "PING_INLINE: 20790.02 requests per second, p50=1.135 msec",
  "PING_MBULK: 15673.98 requests per second, p50=1.127 msec",
  "SET: 26954.18 requests per second, p50=1.095 msec",
  "GET: 27777.78 requests per second, p50=1.063 msec",
];
const check = (lines: readonly string[], requests = "20000") => {
  const argv = ["redis-benchmark", "-q", "-n", requests];
  const source = sourceOf({ toolOutputs: [outputOf(lines, { tool: "redis-benchmark", argv })] }, [
    redisBenchmarkFormat,
  ]);
  return [toolOutput, wholeMilliseconds, rateTimesTime].flatMap((rule) => rule(source)).map(({ rule }) => rule);
};

test("a real output of redis-benchmark is free of findings", () => {
  expect(check(REAL)).toEqual([]);
});

test("the same output is found where it was not made by these requests, or was written by hand", () => {
  expect(check(REAL, "3000")).toContain("whole milliseconds");
  expect(check(REAL.map((line) => line.replace(/, p50.*/, "")))).toContain("tool output");
});
