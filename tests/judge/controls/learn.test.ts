import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { learnControls, learnScenario } from "../../../stack/judge/controls/learn.ts";
import { syncsElsewhere } from "../../../stack/judge/controls/readings.ts";
import { baselineSchema } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { blockOf, FINGERPRINT, normal, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const near = (value: number, digits: number): unknown => expect.closeTo(value, digits);

interface World {
  /** Cores of others in each run. */
  readonly cores: readonly number[];
  /** ln(throughput) per core. */
  readonly slope: number;
  /** ln(cpu per operation) of the server per that of the client, which varies by `clientSpread`. */
  readonly cpuSlope: number;
  readonly clientSpread: number;
  /** Milliseconds of a synced write in another service, by run; ln(latency) follows it with `syncSlope`. */
  readonly syncMs?: readonly number[];
  readonly syncSlope?: number;
}

function runsOf(seed: number, world: World): readonly SmokeRun[] {
  const random = seeded(seed);
  return world.cores.map((cores, index) => {
    const syncMs = world.syncMs?.[index] ?? 1;
    const blocks = Array.from({ length: 12 }, () => {
      const others = Math.max(0, cores * (1 + 0.3 * normal(random)));
      const client = world.clientSpread * normal(random);
      const level = 1000 * Math.exp(world.slope * others - (world.syncSlope ?? 0) * Math.log(syncMs));
      return {
        ...blockOf(random, 0.05, level),
        work: {
          serverCpuUs: 50 * Math.exp(world.cpuSlope * client + 0.03 * normal(random)),
          clientCpuUs: 100 * Math.exp(client),
        },
        machine: { otherCores: others, stealCores: 0, heldBack: 0 },
      };
    });
    const scenario = scenarioOf("store/write", blocks, {
      effect: "durable write",
      cost: { roundTrips: 1, syncs: 1 },
      histogram: "",
    });
    const calibration = { cpuMs: 10, loaderCeiling: 1e6, notes: [], syncWriteMsOf: { store: 99, queue: syncMs } };
    return runOf([scenario], { fingerprint: { ...FINGERPRINT, cpus: 2 }, ...(world.syncMs && { calibration }) });
  });
}

const QUIET: World = { cores: [0.05, 0.05, 0.05], slope: -0.7, cpuSlope: 0.9, clientSpread: 0.03 };
const VARIED: World = { cores: [0.1, 0.6, 1.2, 0.3, 0.9], slope: -0.7, cpuSlope: 0.95, clientSpread: 0.3 };

describe("the controls that a baseline teaches", () => {
  test("stay what is assumed, with the error of that, where the machine was quiet", () => {
    const found = learnScenario(runsOf(1, QUIET), "store/write");
    expect(found?.otherCores).toEqual({ value: near(-0.45, 1), error: near(0.25, 1) });
    expect(found?.clientCpu.value).toBeCloseTo(0.7, 1);
    expect(found?.clientCpu.error).toBeGreaterThan(0.15);
    expect(found?.syncElsewhere).toBeUndefined();
  });

  test("follow the blocks where the machine varied, and never claim to know the next load better than half", () => {
    const found = learnScenario(runsOf(2, VARIED), "store/write");
    expect(found?.otherCores.value).toBeCloseTo(-0.7, 1);
    expect(found?.otherCores.error).toBe(0.125);
    expect(found?.clientCpu.value).toBeCloseTo(0.95, 1);
    expect(found?.clientCpu.error).toBe(0.1);
  });

  test("learn the disk from the synced writes of other services, and never from the service's own", () => {
    const syncMs = [1, 3, 9, 2, 5];
    const found = learnScenario(runsOf(3, { ...VARIED, syncMs, syncSlope: 0.5 }), "store/write");
    expect(found?.syncElsewhere?.value).toBeCloseTo(0.5, 1);
    expect(found?.otherCores.value).toBeCloseTo(-0.7, 0.5);
    const still = learnScenario(runsOf(3, { ...VARIED, syncMs: [1, 1, 1, 1, 1] }), "store/write");
    expect(still?.syncElsewhere).toEqual({ value: near(0.8, 9), error: near(0.3, 9) });
  });

  test("take a synced write by its mean where all runs have one: most are as fast as ever beside who writes much", () => {
    const runs = runsOf(3, { ...VARIED, syncMs: [1, 1, 1, 1, 1] });
    const means = (values: readonly number[]) =>
      runs.map((run, index) => ({
        ...run,
        ...(run.calibration && {
          calibration: { ...run.calibration, syncWriteMeanMsOf: { store: 99, queue: values[index] ?? 1 } },
        }),
      }));
    const [still = 0, slow = 0] = syncsElsewhere(means([1, 3, 1, 1, 1]), ["store"]) ?? [];
    expect(slow - still).toBeCloseTo(Math.log(3), 9);
    const [oldest] = runs;
    expect(syncsElsewhere([...means([9]).slice(0, 1), ...(oldest ? [oldest] : [])], ["store"])).toEqual([0, 0]);
  });

  test("scale with the cpus of the machine: a core is half of two and an eighth of eight", () => {
    const many = runsOf(1, QUIET).map((run) => ({ ...run, fingerprint: { ...FINGERPRINT, cpus: 8 } }));
    expect(learnScenario(many, "store/write")?.otherCores.value).toBeCloseTo(-0.9 / 8, 1);
  });

  test("belong to the baseline, which is written and read with them", () => {
    const whole = runsOf(1, QUIET).map((run) => ({
      ...run,
      scenarios: run.scenarios.flatMap((found) =>
        found.status === "measured" ? [scenarioOf(found.name, found.blocks)] : [],
      ),
    }));
    const baseline = recordBaseline(whole);
    expect(baseline.controls?.["store/write"]?.clientCpu.value).toBeGreaterThan(0);
    expect(baselineSchema.parse(JSON.parse(JSON.stringify(baseline)))).toEqual(baseline);
  });

  test("are none where a block lacks its readings", () => {
    const plain = runOf([scenarioOf("store/read", [blockOf(seeded(1), 0.1)])]);
    expect(learnControls([plain])).toBeUndefined();
    expect(recordBaseline([plain]).controls).toBeUndefined();
  });
});
