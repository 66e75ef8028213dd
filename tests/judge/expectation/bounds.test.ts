import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { brokenBounds, markImpossible } from "../../../stack/judge/expectation/bounds.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const calibration = (syncWriteMs: number, tripMs = 0.1): Calibration => ({
  cpuMs: 10,
  syncWriteMs: 2 * syncWriteMs,
  publishedRttMs: { store: 2 * tripMs },
  floors: { syncWriteMs, publishedRttMs: { store: tripMs } },
  loaderCeiling: 1e6,
  notes: [],
});
/** Four connections, each with so many commits a second. */
const commits = (perConnection: number, cost = { roundTrips: 1, syncs: 1 }) =>
  scenarioOf(
    "store/insert",
    Array.from({ length: 6 }, () => blockOf(seeded(1), 0, 4 * perConnection)),
    { effect: "durable write", cost },
  );

describe("a physical bound", () => {
  test("is broken by commits that are faster than a synced write, and says so with both figures", () => {
    const [text] = brokenBounds(commits(9000), calibration(0.4));
    expect(text).toMatch(/^impossible: 9,000 commits\/s a connection while a synced write takes 0\.40 ms at least/);
    expect(text).toContain("does not sync");
  });

  test.each([
    ["as fast as one synced write each", commits(2500), 0.4, true],
    ["within the allowance for a disk that changes", commits(4900), 0.4, true],
    ["beyond it", commits(5100), 0.4, false],
    ["of two syncs each, beyond it", commits(2600, { roundTrips: 1, syncs: 2 }), 0.4, false],
    ["on a disk too fast to time", commits(9000, { roundTrips: 0, syncs: 1 }), 0.05, true],
    ["that wait for no sync", commits(4900, { roundTrips: 1, syncs: 0 }), 5, true],
    ["of seven round trips, beyond 1 / (7 × RTT)", commits(3000, { roundTrips: 7, syncs: 0 }), 5, false],
    ["without a round trip each", commits(90_000, { roundTrips: 0, syncs: 0 }), 5, true],
  ])("on commits %s", (_, scenario, syncMs, holds) => {
    expect(brokenBounds(scenario, calibration(syncMs)).length === 0).toBe(holds);
  });

  test("is asserted of nothing whose cost or whose machine is not known", () => {
    const { cost: _, ...unknown } = commits(90_000);
    expect(brokenBounds(unknown, calibration(0.4))).toEqual([]);
    expect(brokenBounds(commits(90_000), undefined)).toEqual([]);
    expect(brokenBounds(scenarioOf("queue/get", commits(90_000).blocks), calibration(0.4))).toEqual([]);
  });

  test("never stands in the way of an operation that takes as long as what it waits for", () => {
    const positive = fc.double({ min: 0.001, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.nat(10),
        fc.integer({ min: 1, max: 3 }),
        (syncMs, tripMs, roundTrips, syncs) => {
          const perConnection = 1000 / (roundTrips * tripMs + syncs * syncMs);
          expect(brokenBounds(commits(perConnection, { roundTrips, syncs }), calibration(syncMs, tripMs))).toEqual([]);
        },
      ),
    );
  });
});

describe("an impossible result", () => {
  const impossible = commits(9000);

  test("carries the reason as a note, and a possible one does not", () => {
    const [marked, fine] = [impossible, commits(100)].map((one) => markImpossible(one, calibration(0.4)));
    expect(marked).toMatchObject({ notes: [expect.stringContaining("impossible: 9,000 commits/s")] });
    expect(fine).toMatchObject({ notes: [] });
  });

  test("is never `meets`, however fast", () => {
    const baseline = recordBaseline([runOf([commits(1000)], { calibration: calibration(0.4) })]);
    const report = judge(runOf([impossible], { calibration: calibration(0.4) }), baseline);
    expect(report.verdict).toBe("inconclusive");
    expect(report.scenarios[0]?.reason).toContain("impossible: 9,000 commits/s");
    expect(report.scenarios[0]?.open).toBe(false);
  });

  test("makes the baseline that holds it invalid", () => {
    const baseline = recordBaseline([runOf([impossible], { calibration: calibration(0.4) })]);
    const report = judge(runOf([commits(1000)], { calibration: calibration(0.4) }), baseline);
    expect(report.verdict).toBe("baseline invalid");
    expect(report.scenarios[0]?.reason).toContain("store/insert: 9,000 commits/s");
  });
});
