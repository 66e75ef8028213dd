import { describe, expect, test } from "vitest";
import type { Calibration } from "../../../../stack/core/results/calibration.ts";
import type { MeasuredScenario } from "../../../../stack/core/results/measurement.ts";
import { BREAD, CALIBRATION, foundIn, recordingOf } from "../../../support/judge/lint.ts";

const fast = (change: Partial<MeasuredScenario>, calibration: Partial<Calibration>) =>
  foundIn(recordingOf({ ...BREAD, ...change }, { ...CALIBRATION, ...calibration }));

/** BREAD takes 4 ms. */
describe("the bounds of the machine", () => {
  test("are a synced write for each durable write of a connection", () => {
    const durable = { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } } as const;
    expect(fast(durable, { floors: { syncWriteMs: 6, publishedRttMs: {} } })).toEqual([]);
    const [found] = fast(durable, { floors: { syncWriteMs: 20, publishedRttMs: {} } });
    expect(found).toMatchObject({ rule: "physical bounds", severity: "impossible", place: "oven/bread" });
    expect(found?.says).toMatch(/^2\d\d commits\/s a connection while a synced write takes 20 ms at least/);
  });

  test("are the loop of the load generator for all clients together", () => {
    expect(fast({}, { loaderCeiling: 900 })).toEqual([]);
    const [found] = fast({}, { loaderCeiling: 100 });
    expect(found).toMatchObject({ severity: "impossible", says: "more operations than the load generator can start" });
    expect(found?.arithmetic[0]).toContain("> 2 × 100 /s");
  });
});
