import { describe, expect, test } from "vitest";
import { countedMeasures } from "../../../stack/judge/verdict/counted.ts";
import type { Block } from "../../../stack/core/results/measurement.ts";
import { blockOf, seeded } from "../../support/judge/runs.ts";

const block = (counted: Record<string, number>): Block => ({
  ...blockOf(seeded(1), 0),
  work: {
    serverCpuUs: 200,
    clientCpuUs: 300,
    bytesWritten: 100,
    bytesRead: 0,
    packets: 4,
    contextSwitches: 3,
    counted,
  },
});
const DURABLE = { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } } as const;
const READ = { effect: "read", cost: { roundTrips: 1, syncs: 0 } } as const;
const COUNTED = { "synced writes": 0.5, "pages read": 0 };
const deciding = (scenario: Parameters<typeof countedMeasures>[0]) =>
  countedMeasures(scenario, [block(COUNTED)])
    .filter(({ decides }) => decides)
    .map(({ measure }) => measure.metric);

describe("what is counted", () => {
  test("decides as far as operations wait for it: reads always, writes where the answer waits for the disk", () => {
    expect(deciding(READ)).toEqual(["bytes read per operation", "pages read per operation"]);
    expect(deciding(DURABLE)).toEqual([
      "bytes written per operation",
      "bytes read per operation",
      "synced writes per operation",
      "pages read per operation",
    ]);
  });

  test("never decides by packets and context switches, which change with batching, and shows them", () => {
    const shown = countedMeasures(DURABLE, [block(COUNTED)]).filter(({ decides }) => !decides);
    expect(shown.map(({ measure }) => measure.metric)).toEqual([
      "context switches per operation",
      "packets per operation",
    ]);
  });

  test("is compared only where every block counted it", () => {
    const metrics = countedMeasures(DURABLE, [block(COUNTED), block({ "pages read": 1 })]).map(
      ({ measure }) => measure.metric,
    );
    expect(metrics).toContain("pages read per operation");
    expect(metrics).not.toContain("synced writes per operation");
  });

  test.each([
    ["synced writes", 0.001, 0.002, 0.02],
    ["synced writes", 0, 0, 1e-12],
    ["synced writes", 1, 2, 0.7],
    ["WAL bytes", 1, 3, 0.01],
    ["WAL bytes", 8000, 16_000, 0.7],
  ])("%s that rise from %f to %f are no more of a loss than %f", (name, before, now, most) => {
    const found = countedMeasures(DURABLE, [block({ [name]: 1 })]).find(({ measure }) =>
      measure.metric.startsWith(name),
    );
    const loss = (found?.measure.score(before) ?? Number.NaN) - (found?.measure.score(now) ?? Number.NaN);
    expect(loss).toBeLessThanOrEqual(most);
    if (most > 0.5) expect(loss).toBeGreaterThan(0.9 * Math.LN2);
  });
});
