import { expect, test } from "vitest";
import { versusChart } from "../../../stack/report/html/versus.ts";
import { NO_CHANGE } from "../../../stack/judge/expectation/predict.ts";
import type { ScenarioVerdict } from "../../../stack/core/results/verdict.ts";
import { elementsOf, parseXml } from "../../support/report/xml.ts";

function scenario(name: string, estimate: number, halfWidth: number): ScenarioVerdict {
  const interval = { low: estimate - halfWidth, high: estimate + halfWidth };
  const effect = { estimate, standardError: halfWidth / 2, df: 10 };
  const metrics = { metric: "throughput", now: 1, expected: 1, margin: 0.105, prediction: NO_CHANGE, p: 1 } as const;
  return { name, verdict: "meets", reason: "", open: false, comparisons: [{ ...metrics, effect, interval }] };
}

/** Where the points and the ends of the intervals are, in percent of the width. */
function drawn(scenarios: readonly ScenarioVerdict[]) {
  const all = elementsOf(parseXml(versusChart(scenarios)?.text ?? "<none/>"));
  const having = (start: string) => all.filter(({ attributes }) => attributes["class"]?.startsWith(start));
  return {
    points: having("point ").map(({ attributes }) => percent(attributes["cx"])),
    ranges: having("range ").map(({ attributes }) => [percent(attributes["x1"]), percent(attributes["x2"])]),
  };
}

function percent(text: string | undefined): number {
  return Number(text?.replace("%", ""));
}

test("the same speed must be in the middle, and slower left of it as far as faster is right of it", () => {
  const { points } = drawn([scenario("a/b", 0, 0.02), scenario("a/c", -0.3, 0.02), scenario("a/d", 0.3, 0.02)]);
  expect(points[0]).toBe(50);
  expect((points[1] ?? 0) + (points[2] ?? 0)).toBeCloseTo(100, 1);
  expect(points[1]).toBeLessThan(10);
});

test("a wild interval must end at the edge and leave the others room, and no point may be moved by that", () => {
  const { points, ranges } = drawn([scenario("a/b", 0, 6), scenario("a/c", -0.4, 0.05), scenario("a/d", 0.1, 0.05)]);
  expect(ranges[0]).toEqual([1, 99]);
  expect((points[2] ?? 0) - (points[1] ?? 0)).toBeGreaterThan(30);
  const far = drawn([scenario("a/b", -1.5, 0.1), scenario("a/c", -1, 0.1)]).points;
  expect(far[0]).toBeGreaterThan(1);
  expect(far[0]).toBeLessThan(far[1] ?? 0);
});

test("nothing must be drawn where nothing was compared", () => {
  expect(versusChart([{ ...scenario("a/b", 0, 1), comparisons: [] }])).toBeUndefined();
});
