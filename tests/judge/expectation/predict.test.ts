import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseBaseline, recordBaseline } from "../../../stack/judge/baseline.ts";
import { compareBaselines } from "../../../stack/judge/verdict/compare.ts";
import { renderComparison } from "../../../stack/report/measurement/show.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";
import type { MeasuredScenario } from "../../../stack/core/results/measurement.ts";
import { canPredict, NO_CHANGE, predict } from "../../../stack/judge/expectation/predict.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, FINGERPRINT, normal, runOf, scenarioOf, seeded, type Random } from "../../support/judge/runs.ts";

const EXACT = {
  cpuMs: 0,
  loopbackRttMs: 0,
  syncWriteMs: 0,
  insideCpuStepsPerS: 0,
  allCpusStepsPerS: 0,
  "publishedRttMs.store": 0,
};
const CALIBRATION: Calibration = {
  cpuMs: 10,
  loopbackRttMs: 0.05,
  syncWriteMs: 1,
  inside: "store",
  insideCpuStepsPerS: 200_000,
  allCpusStepsPerS: 800_000,
  publishedRttMs: { store: 0.2 },
  loaderCeiling: 1e6,
  errors: EXACT,
  notes: [],
};

interface Machine {
  /** Durations as multiples of the baseline's. */
  readonly cpu: number;
  readonly trip: number;
  readonly sync: number;
}

function calibrationOf({ cpu, trip, sync }: Machine): Calibration {
  return {
    ...CALIBRATION,
    cpuMs: 10 * cpu,
    insideCpuStepsPerS: 200_000 / cpu,
    allCpusStepsPerS: 800_000 / cpu,
    publishedRttMs: { store: 0.2 * trip },
    syncWriteMs: sync,
  };
}

/** Four clients and a latency of 4 ms: 1,000 operations a second. */
const steady = (cost: MeasuredScenario["cost"], level = 1000) =>
  scenarioOf(
    "store/write",
    Array.from({ length: 6 }, () => blockOf(seeded(1), 0, level)),
    { effect: "durable write", cost },
  );
const ratio = (scenario: MeasuredScenario, machine: Machine) =>
  Math.exp(predict(scenario, calibrationOf(machine), CALIBRATION, true).shift);

describe("the prediction", () => {
  test.each([
    ["nothing for the same speed", { roundTrips: 7, syncs: 1 }, { cpu: 1, trip: 1, sync: 1 }, 1],
    ["all of the latency by the cpu, without waits", { roundTrips: 0, syncs: 0 }, { cpu: 1.5, trip: 1, sync: 1 }, 1.5],
    ["7 round trips of 0.2 ms more", { roundTrips: 7, syncs: 1 }, { cpu: 1, trip: 2, sync: 1 }, 1 + 1.4 / 4],
    ["1 sync of 1 ms more", { roundTrips: 7, syncs: 1 }, { cpu: 1, trip: 1, sync: 2 }, 1 + 1 / 4],
    ["what remains of 4 ms by the cpu", { roundTrips: 7, syncs: 1 }, { cpu: 1.5, trip: 1, sync: 1 }, 1 + 0.8 / 4],
    ["no sync where none is waited for", { roundTrips: 1, syncs: 0 }, { cpu: 1, trip: 1, sync: 2 }, 1],
  ])("adds %s", (_, cost, machine, expected) => {
    expect(ratio(steady(cost), machine)).toBeCloseTo(expected, 9);
  });

  test("takes waits that are longer than the whole latency for all of it, in their proportion", () => {
    // 7 × 0.2 ms + 1 ms of waits in a latency of 1 ms.
    expect(ratio(steady({ roundTrips: 7, syncs: 1 }, 4000), { cpu: 3, trip: 1, sync: 1.5 })).toBeCloseTo(2.9 / 2.4, 9);
  });

  test("does not expect more than the client's one thread can do", () => {
    const busy = steady({ roundTrips: 7, syncs: 1 });
    const blocks = busy.blocks.map((block) => ({ ...block, loaderBusy: 0.9 }));
    const machine = { cpu: 1, trip: 0.5, sync: 0.5 };
    expect(ratio(busy, machine)).toBeCloseTo(1 - (0.7 + 0.5) / 4, 9);
    expect(ratio({ ...busy, blocks }, machine)).toBeCloseTo(0.9, 9);
  });

  test("without a cost lies between the figures that may decide, and is as unsure as they differ", () => {
    const { shift, error } = predict(
      steady(undefined),
      calibrationOf({ cpu: 1.4, trip: 1, sync: 1 }),
      CALIBRATION,
      true,
    );
    expect(shift).toBeGreaterThan(0);
    expect(shift).toBeLessThan(Math.log(1.4));
    expect(error).toBeGreaterThan(Math.log(1.4) / 3);
  });

  test("is none without a calibration in both runs", () => {
    expect(predict(steady(undefined), undefined, CALIBRATION, true)).toBe(NO_CHANGE);
    expect(predict(steady(undefined), CALIBRATION, undefined, true)).toBe(NO_CHANGE);
  });

  test("needs, for other hardware, the cpus inside of the same container in both runs", () => {
    const { insideCpuStepsPerS: _, ...without } = CALIBRATION;
    expect(canPredict(CALIBRATION, CALIBRATION)).toBe(true);
    expect(canPredict(CALIBRATION, without)).toBe(false);
    expect(canPredict(undefined, CALIBRATION)).toBe(false);
    expect(canPredict({ ...CALIBRATION, inside: "queue" }, CALIBRATION)).toBe(false);
  });

  const factor = fc.double({ min: 0.5, max: 2, noNaN: true });
  const machine = fc.record({ cpu: factor, trip: factor, sync: factor });
  const cost = fc.record({ roundTrips: fc.integer({ min: 0, max: 20 }), syncs: fc.integer({ min: 0, max: 3 }) });

  test("always lies within what its parts changed by", () => {
    fc.assert(
      fc.property(cost, machine, fc.integer({ min: 10, max: 100_000 }), (cost, machine, level) => {
        const found = ratio(steady(cost, level), machine);
        const all = Object.values(machine);
        expect(found).toBeGreaterThanOrEqual(Math.min(1, ...all) * (1 - 1e-9));
        expect(found).toBeLessThanOrEqual(Math.max(1, ...all) * (1 + 1e-9));
      }),
    );
  });

  test("never falls when a part of the machine gets slower, and is the less sure the further it reaches", () => {
    fc.assert(
      fc.property(cost, machine, fc.constantFrom("cpu", "trip", "sync"), (cost, machine, part) => {
        const scenario = steady(cost);
        expect(ratio(scenario, { ...machine, [part]: machine[part] * 1.2 })).toBeGreaterThanOrEqual(
          ratio(scenario, machine) * (1 - 1e-6),
        );
        const { shift, error } = predict(scenario, calibrationOf(machine), CALIBRATION, true);
        expect(error).toBeGreaterThanOrEqual(Math.abs(shift) * 0.25 - 1e-9);
      }),
    );
  });
});

describe("two baselines of different hardware", () => {
  const older = recordBaseline([runOf([steady({ roundTrips: 7, syncs: 1 })], { calibration: CALIBRATION })], "older");
  const newer = (change: Partial<typeof FINGERPRINT>) =>
    recordBaseline(
      [
        runOf([steady({ roundTrips: 7, syncs: 1 }, 900)], {
          calibration: calibrationOf({ cpu: 1, trip: 2, sync: 1 }),
          fingerprint: { ...FINGERPRINT, ...change },
        }),
      ],
      "newer",
    );

  test("show what the older one leads one to expect on the other machine, called a prediction", () => {
    const comparison = compareBaselines(older, newer({ cpuModel: "Another cpu" }));
    const [throughput, p95] = comparison.rows;
    expect(throughput?.predicted).toBeCloseTo(1000 / (1 + 1.4 / 4), 6);
    expect((p95?.predicted ?? 0) / (p95?.comparison.expected ?? 1)).toBeCloseTo(1 + 1.4 / 4, 6);
    expect(renderComparison(comparison)).toMatch(/^predicted: what older leads one to expect/m);
    expect(renderComparison(comparison)).toMatch(/throughput +1000 \/s +740\.7 \/s +900\.0 \/s/);
  });

  test("of the same hardware show none", () => {
    const comparison = compareBaselines(older, newer({}));
    expect(comparison.rows.every(({ predicted }) => predicted === undefined)).toBe(true);
    expect(renderComparison(comparison)).not.toContain("predicted");
  });

  test("let the one be chosen for the other machine, and none without the cpus inside", () => {
    const now = { ...FINGERPRINT, cpuModel: "Another cpu", cpus: 6 };
    expect(chooseBaseline([older], "dev", now).baseline).toBe(older);
    const { inside: _, ...without } = CALIBRATION;
    const unmeasured = recordBaseline([runOf([steady(undefined)], { calibration: without })], "unmeasured");
    expect(chooseBaseline([unmeasured], "dev", now).baseline).toBeUndefined();
    expect(chooseBaseline([older], "dev", { ...now, architecture: "aarch64" }).baseline).toBeUndefined();
  });
});

const TRIALS = 300;
const BLOCK_NOISE = 0.08;

/** What is measured of a machine: its true figures with an error, and the error stated. */
function measured(random: Random, machine: Machine, error: number): Calibration {
  const noisy = (value: number) => value * Math.exp(error * normal(random));
  const { cpu, trip, sync } = machine;
  return {
    ...calibrationOf({ cpu: noisy(cpu), trip: noisy(trip), sync: noisy(sync) }),
    errors: Object.fromEntries(Object.keys(EXACT).map((name) => [name, error])),
  };
}

/** The share of runs called `verdict` on a machine that is slower or faster, where the service itself lost `loss`. */
function shareOf(verdict: string, seed: number, loss: number, hardware: boolean): number {
  const random = seeded(seed);
  const among = (low: number, high: number) => low + (high - low) * random();
  let count = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const cost = { roundTrips: Math.round(among(0, 7)), syncs: Math.round(among(0, 1)) };
    const machine = { cpu: among(0.7, 1.5), trip: among(0.7, 1.5), sync: among(0.7, 1.5) };
    const waitsMs = cost.roundTrips * 0.2 + cost.syncs;
    const cpuMs = 4 - waitsMs;
    const latencyMs = cost.roundTrips * 0.2 * machine.trip + cost.syncs * machine.sync + cpuMs * machine.cpu;
    const level = (4000 / latencyMs) * (1 - loss);
    const made = (at: number, blocks: number) =>
      scenarioOf(
        "store/write",
        Array.from({ length: blocks }, () => blockOf(random, BLOCK_NOISE, at)),
        { effect: "durable write", cost },
      );
    const same = { cpu: 1, trip: 1, sync: 1 };
    const baseline = recordBaseline([runOf([made(1000, 12)], { calibration: measured(random, same, 0.02) })]);
    const run = runOf([made(level, 15)], {
      calibration: measured(random, machine, 0.02),
      ...(hardware && { fingerprint: { ...FINGERPRINT, cpuModel: "Another cpu" } }),
    });
    if (judge(run, baseline).verdict === verdict) count += 1;
  }
  return count / TRIALS;
}

describe("the verdict on a machine that is 30 % faster to 50 % slower than the baseline's", () => {
  test.each([
    ["the same hardware", false],
    ["other hardware", true],
  ])("never blames a service that is as fast as %s allows", (_, hardware) => {
    expect(shareOf("below", 5, 0, hardware)).toBeLessThanOrEqual(0.02);
  });

  test("still finds a service that lost half its speed on the same hardware", () => {
    expect(shareOf("below", 7, 0.5, false)).toBeGreaterThanOrEqual(0.95);
  });

  test("still finds a service that lost half its speed on other hardware, in most runs", () => {
    expect(shareOf("below", 11, 0.5, true)).toBeGreaterThanOrEqual(0.6);
  });

  test("says `meets` for the same speed of the same machine, whose calibration has an error", () => {
    const random = seeded(13);
    const same = { cpu: 1, trip: 1, sync: 1 };
    let meets = 0;
    for (let trial = 0; trial < 100; trial += 1) {
      const made = () => steadyNoise(random);
      const baseline = recordBaseline([runOf([made()], { calibration: measured(random, same, 0.01) })]);
      const run = runOf([made()], { calibration: measured(random, same, 0.01) });
      if (judge(run, baseline).verdict === "meets") meets += 1;
    }
    expect(meets).toBeGreaterThanOrEqual(95);
  });
});

const steadyNoise = (random: Random) =>
  scenarioOf(
    "store/write",
    Array.from({ length: 9 }, () => blockOf(random, 0.03)),
    { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } },
  );
