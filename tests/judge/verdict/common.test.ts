import { describe, expect, test } from "vitest";
import type { Comparison, Metric } from "../../../stack/core/results/verdict.ts";
import { withExcuses } from "../../../stack/judge/verdict/common.ts";
import type { Evidence, Line } from "../../../stack/judge/verdict/evidence.ts";
import { blockOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const TAIL = 0.01;

function lineOf(metric: Metric, estimate: number, standardError = 0.02, error = 0): Line {
  const comparison: Comparison = {
    metric,
    now: 1,
    expected: 1,
    effect: { estimate, standardError, df: 20 },
    interval: { low: estimate - 3 * standardError, high: estimate + 3 * standardError },
    margin: 0.1,
    prediction: { shift: 0, error, changes: [] },
    p: 0,
  };
  return { comparison, role: "work", now: [], before: [] };
}

const evidenceOf = (services: readonly string[], ...lines: readonly Line[]): Evidence => ({
  now: { ...scenarioOf(`${services[0]}/read`, [blockOf(seeded(1), 0, 1000)]), services: [...services] },
  runs: [],
  lines,
  tail: TAIL,
  lossTail: TAIL,
});
const cpu = (service: string, loss: number) => evidenceOf([service], lineOf("cpu per operation", -loss));
const excusedOf = (all: readonly Evidence[], index: number) => withExcuses(all)[index]?.lines[0]?.excused;

describe("what scenarios of different services lose alike", () => {
  test("is excused, with an error that follows how much they differ", () => {
    const alike = [cpu("a", 0.21), cpu("b", 0.2), cpu("c", 0.19), cpu("d", 0.2)];
    const found = excusedOf(alike, 0);
    expect(found?.effect.estimate).toBeCloseTo(-0.01, 2);
    expect(found?.interval.low).toBeGreaterThan(-0.1);
    const apart = excusedOf([cpu("a", 0.21), cpu("b", 0.35), cpu("c", 0.19), cpu("d", 0.08), cpu("e", 0.25)], 0);
    expect(apart?.effect.standardError).toBeGreaterThan(2 * (found?.effect.standardError ?? 1));
  });

  test("leaves a fault of one service what it is, also in scenarios that use it as well", () => {
    const broken = evidenceOf(["pool", "a"], lineOf("cpu per operation", -0.6));
    const all = [cpu("a", 0.62), broken, cpu("b", 0.1), cpu("c", 0.1), cpu("d", 0.12), cpu("e", 0.1)];
    expect(excusedOf(all, 0)?.effect.estimate).toBeCloseTo(-0.52, 2);
    expect(excusedOf(all, 1)?.effect.estimate).toBeCloseTo(-0.5, 2);
    expect(excusedOf(all, 2)?.effect.estimate ?? -0.1).toBeCloseTo(0, 1);
  });

  test("is nothing where fewer than three others are there, or where the middle one loses nothing", () => {
    expect(excusedOf([cpu("a", 0.3), cpu("b", 0.3), cpu("c", 0.3)], 0)).toBeUndefined();
    expect(excusedOf([cpu("a", 0.3), cpu("b", -0.2), cpu("c", -0.2), cpu("d", -0.2)], 0)).toBeUndefined();
    expect(excusedOf([cpu("a", 0.3), cpu("b", 0.02), cpu("c", -0.01), cpu("d", 0.01)], 0)).toBeUndefined();
  });

  test("takes the place of the controls' own error, which all of them share", () => {
    const unsure = ["a", "b", "c", "d"].map((service) =>
      evidenceOf([service], lineOf("cpu per operation", -0.2, 0.2, 0.199)),
    );
    const found = excusedOf(unsure, 0);
    expect(found?.effect.standardError).toBeLessThan(0.05);
  });

  test("is not looked for in time, of which scenarios lose different shares", () => {
    const all = ["a", "b", "c", "d"].map((service) => evidenceOf([service], lineOf("throughput", -0.4)));
    expect(excusedOf(all, 0)).toBeUndefined();
  });
});
