import { describe, expect, test } from "vitest";
import { workloadDifferences } from "../../stack/judge/fingerprint.ts";
import { methodOf, underLoad } from "../../stack/load/load.ts";
import { Track } from "../../stack/measure/tracks.ts";
import { latencyHistogram } from "../../stack/load/histogram.ts";
import { judge } from "../../stack/judge/verdict/verdict.ts";
import { recordBaseline } from "../../stack/judge/baseline.ts";
import type { Scenario } from "../../stack/core/service/scenario.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../support/judge/runs.ts";

const scenario: Scenario = {
  name: "store/get",
  title: "read",
  effect: "read",
  smoke: true,
  clients: 4,
  parameters: {},
  open: () => Promise.reject(new Error("not opened here")),
};
const bench = {
  service: "store",
  bench: {
    scenarios: [scenario],
    fingerprint: () => Promise.resolve({}),
    setup: () => Promise.resolve(),
    teardown: () => Promise.resolve(),
  },
};

describe("the load of a run", () => {
  test("replaces the clients of a scenario, and nothing where none are asked for", () => {
    expect(underLoad(scenario, { clients: 50 })).toMatchObject({ name: "store/get", clients: 50 });
    expect(underLoad(scenario, {})).toBe(scenario);
  });

  test("makes another method of an open loop, so that it is never compared with a closed one", () => {
    const random = seeded(1);
    const blocks = Array.from({ length: 6 }, () => blockOf(random, 0.01));
    const baseline = recordBaseline([runOf([scenarioOf("store/get", blocks)])]);
    const fingerprint = { ...FINGERPRINT, method: methodOf({ ratePerS: 100 }) };
    const run = runOf([scenarioOf("store/get", blocks, { ratePerS: 100 })], { fingerprint });
    const { verdict, scenarios } = judge(run, baseline);
    expect(verdict).toBe("not comparable");
    expect(scenarios[0]?.reason).toContain("open loop");
    expect(methodOf({ clients: 3 })).toBe(FINGERPRINT.method);
  });

  test("is part of the workload: another rate or other clients are other work", () => {
    const now = scenarioOf("store/get", [], { ratePerS: 200 });
    const fields = (before: typeof now) => workloadDifferences(now, before).map(({ field }) => field);
    expect(fields(now)).toEqual([]);
    expect(fields({ ...now, ratePerS: 100 })).toEqual(["store/get ratePerS"]);
    expect(fields(scenarioOf("store/get", [], { clients: 9 }))).toEqual(["store/get clients", "store/get ratePerS"]);
  });

  test("is shown with what became of its requests", () => {
    const track = new Track(scenario, bench, { ratePerS: 100 });
    const histogram = latencyHistogram();
    histogram.recordValue(1000);
    const { littleDeviation: _, ...block } = blockOf(seeded(1), 0.01);
    for (const late of [3, 4])
      track.add({ ok: true, block: { ...block, schedule: { due: 1000, late, dropped: 1 } }, histogram });
    const result = track.result();
    expect(result).toMatchObject({ ratePerS: 100, clients: 4 });
    expect(result.status === "measured" ? result.notes : []).toEqual([
      "open loop: of 2,000 requests 7 were sent late and 2 were dropped",
    ]);
  });
});
