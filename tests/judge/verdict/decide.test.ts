/** Which evidence decides: time, or the work of an operation where the machine is busy. */
import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { verdictSchema } from "../../../stack/core/results/verdict-schema.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { withoutReadings } from "../../support/judge/company.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

interface Given {
  readonly level?: number;
  readonly others?: number;
  readonly cpuUs?: number;
  readonly clientUs?: number;
  readonly p5Ms?: number;
  readonly heldBack?: readonly number[];
  readonly change?: Partial<Block>;
  readonly blocks?: number;
}

function blocksOf(seed: number, given: Given): Block[] {
  const random = seeded(seed);
  const { level = 1000, others = 0.05, cpuUs = 200, clientUs = 300, p5Ms = 1, heldBack = [0] } = given;
  return Array.from({ length: given.blocks ?? 12 }, (_, index) => ({
    ...blockOf(random, 0.03, level),
    p5Ms: p5Ms * (1 + 0.02 * random()),
    work: { serverCpuUs: cpuUs * (1 + 0.02 * random()), clientCpuUs: clientUs * (1 + 0.02 * random()) },
    machine: { otherCores: others, stealCores: 0, heldBack: heldBack[index % heldBack.length] ?? 0 },
    ...given.change,
  }));
}

function slowed({ work, p5Ms = 1, ...block }: Block): Block {
  return { ...block, p5Ms: 2 * p5Ms, ...(work && { work: { ...work, serverCpuUs: 1.6 * work.serverCpuUs } }) };
}

const CALIBRATION: Calibration = {
  cpuMs: 10,
  loaderCeiling: 1e6,
  syncWriteMs: 1,
  syncWriteMsOf: { store: 1, queue: 1 },
  errors: { cpuMs: 0.01, syncWriteMs: 0.03 },
  notes: [],
};
const TWO_CPUS = { ...FINGERPRINT, cpus: 2 };
const runWith = (
  given: Given,
  change: Partial<MeasuredScenario> = {},
  calibration: Partial<Calibration> = {},
  seed = 2,
) =>
  runOf([scenarioOf("store/read", blocksOf(seed, given), change)], {
    fingerprint: TWO_CPUS,
    calibration: { ...CALIBRATION, ...calibration },
  });
const BASELINE = recordBaseline([1, 5, 6].map((seed) => runWith({}, {}, {}, seed)));
const verdictOf = (run: SmokeRun, baseline = BASELINE) => judge(run, baseline).scenarios[0];

describe("a machine as at the baseline", () => {
  test("lets time decide, and shows every line of evidence beside it", () => {
    const found = verdictOf(runWith({}));
    expect(found).toMatchObject({ verdict: "meets", decidedBy: "time" });
    expect(found?.comparisons.map(({ metric }) => metric)).toEqual([
      "throughput",
      "p95 latency",
      "cpu per operation",
      "time held back",
      "p5 latency",
    ]);
  });

  test("is below by work where operations cost more cpu although the throughput holds", () => {
    const found = verdictOf(runWith({ cpuUs: 300 }));
    expect(found).toMatchObject({ verdict: "below", decidedBy: "work" });
    expect(found?.reason).toMatch(/^cpu per operation is worse by 3\d % to 3\d %/);
  });

  test("is below by work on a machine that gives more than at the baseline as well, within the same margin", () => {
    const before = recordBaseline([1, 5, 6].map((seed) => runWith({ others: 0.6 }, {}, {}, seed)));
    const report = judge(runWith({ cpuUs: 250, level: 1200 }), before);
    expect(report.machine?.state).toBe("faster");
    expect(report.scenarios[0]).toMatchObject({ verdict: "below", decidedBy: "work" });
  });

  test("has a tight interval for time held back that is nearly always nothing", () => {
    const held = verdictOf(runWith({ heldBack: [0, 0, 0, 0, 0.01, 0] }))?.comparisons.find(
      ({ metric }) => metric === "time held back",
    );
    expect(held?.effect.estimate).toBeCloseTo(0, 2);
    expect(held?.interval.low).toBeGreaterThan(-0.01);
    expect(held?.interval.high).toBeLessThan(0.01);
    const none = verdictOf(runWith({}))?.comparisons.find(({ metric }) => metric === "time held back");
    expect(none).toMatchObject({ interval: { low: 0, high: 0 }, p: 1 });
  });

  test("is below by a limit that holds the containers back", () => {
    expect(verdictOf(runWith({ level: 800, heldBack: [0.5, 0.45, 0.55] }))?.reason).toContain("worse");
    expect(verdictOf(runWith({ heldBack: [0.5, 0.45, 0.55] }))).toMatchObject({ verdict: "below", decidedBy: "work" });
  });
});

const BUSY: Given = { others: 0.95, level: 620 };

const WRITE = { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } } as const;
const writing = (seed: number, bytes: readonly number[], given: Given = {}) =>
  runOf(
    [
      scenarioOf(
        "store/read",
        blocksOf(seed, given).map((block, index) => {
          const counted = { counted: {}, bytesWritten: 4096 * (bytes[index % bytes.length] ?? 1) };
          return { ...block, ...(block.work && { work: { ...block.work, ...counted } }) };
        }),
        WRITE,
      ),
    ],
    { fingerprint: TWO_CPUS, calibration: CALIBRATION },
  );

describe("a machine that others use", () => {
  test("lets work decide, and says in plain words what the machine gives", () => {
    const found = verdictOf(runWith(BUSY));
    expect(found).toMatchObject({ verdict: "meets", decidedBy: "work" });
    expect(found?.reason).toMatch(
      /^an operation costs no more than before \(cpu per operation .* to .*, p5 latency .* to .*\); the machine gives 3\d % less: others use 0\.9 of 2 cpus$/,
    );
  });

  test("is below by work where an operation costs a half more cpu, and not where it costs a quarter more", () => {
    expect(verdictOf(runWith({ ...BUSY, cpuUs: 300 }))).toMatchObject({ verdict: "below", decidedBy: "work" });
    expect(verdictOf(runWith({ ...BUSY, cpuUs: 250 }))?.verdict).not.toBe("below");
  });

  test("meets although a few blocks were slow by far: the better half shows what the stack can do", () => {
    const run = runWith(BUSY);
    const scenarios = run.scenarios.map((scenario) =>
      scenario.status === "measured"
        ? { ...scenario, blocks: scenario.blocks.map((block, index) => (index % 3 === 0 ? slowed(block) : block)) }
        : scenario,
    );
    expect(verdictOf({ ...run, scenarios })).toMatchObject({ verdict: "meets", decidedBy: "work" });
  });

  test("does not excuse time by the client's cpu per operation, which a sleep raises too", () => {
    const [quiet, dear] = [300, 420].map(
      (clientUs) => verdictOf(runWith({ level: 500, clientUs }))?.comparisons[0]?.effect.estimate,
    );
    expect(quiet).toBeCloseTo(Math.log(0.5), 1);
    expect(dear).toBeCloseTo(quiet ?? Number.NaN, 6);
  });

  test("judges no tail, which follows whoever else runs", () => {
    const slow = runWith({ ...BUSY, change: { p95Ms: 22 } });
    expect(verdictOf(slow)?.verdict).toBe("meets");
    expect(verdictOf(runWith({ change: { p95Ms: 22 } }))).toMatchObject({ verdict: "below", decidedBy: "time" });
  });

  test("does not call a loss of time met by work where no company explains so much", () => {
    expect(verdictOf(runWith({ others: 0.4, level: 250 }))?.verdict).not.toBe("meets");
  });

  test("meets although what the disk was given is not known well, and not if more of it is probable", () => {
    const before = recordBaseline([1, 5, 6].map((seed) => writing(seed, [1, 1.1, 0.9])));
    const word = (bytes: readonly number[]) => verdictOf(writing(2, bytes, BUSY), before)?.verdict;
    expect(word([0.3, 9, 0.6, 8])).toBe("meets");
    expect(word([2, 2.2, 2.1, 1.9])).not.toBe("meets");
  });

  test("is not below by time alone: others take more than the controls read", () => {
    const found = verdictOf(runWith({ others: 0.3, level: 420, cpuUs: 210 }));
    expect(found?.comparisons[0]?.p).toBeLessThan(1e-6);
    expect(found).toMatchObject({ verdict: "inconclusive" });
    expect(found?.reason).toMatch(/^throughput is worse by .*, but others use the machine, and an operation costs/);
  });

  test("is below by time where an operation probably waits longer too", () => {
    const found = verdictOf(runWith({ others: 0.3, level: 420, cpuUs: 210, p5Ms: 2.1 }));
    expect(found).toMatchObject({ verdict: "below" });
  });

  test("names a probable loss with its cause where the interval still crosses the margin", () => {
    const found = verdictOf(runWith({ ...BUSY, level: 420, heldBack: [0, 0.2], blocks: 6 }, {}, { cpuMs: 16 }));
    expect(found).toMatchObject({ verdict: "inconclusive", open: true, cause: {} });
    expect(found?.reason).toMatch(/^probably slower by \d+ %: /);
    expect(found?.decidedBy).toBeUndefined();
  });
});

describe("slower arithmetic on the same machine", () => {
  test("excuses nothing where the controls show neither others nor a dearer client: a loop in the container does that", () => {
    const found = verdictOf(runWith({ level: 650 }, {}, { cpuMs: 16 }));
    expect(found).toMatchObject({ verdict: "below", decidedBy: "time" });
  });

  test("excuses what the client's cpu per operation confirms: the cpu itself is slower", () => {
    const found = verdictOf(runWith({ level: 700, clientUs: 430, cpuUs: 270 }, {}, { cpuMs: 14.5 }));
    expect(found?.comparisons[0]?.prediction.shift).toBeGreaterThan(0.3);
    expect(found?.verdict).not.toBe("below");
  });
});

const WRITES = recordBaseline([1, 5, 6].map((seed) => runWith({}, WRITE, {}, seed)));

describe("a durable write", () => {
  test("is excused by a disk that is as slow for other services, and by its own disk alone it is not", () => {
    const slow = { level: 300, p5Ms: 1.4 };
    const all = verdictOf(runWith(slow, WRITE, { syncWriteMs: 5, syncWriteMsOf: { store: 5, queue: 5 } }), WRITES);
    expect(all?.verdict).not.toBe("below");
    expect(all?.reason).toContain("a synced write of other services takes 4");
    const own = verdictOf(runWith(slow, WRITE, { syncWriteMs: 5, syncWriteMsOf: { store: 5, queue: 1 } }), WRITES);
    expect(own).toMatchObject({ verdict: "below", cause: { kind: "disk sync" } });
  });
});

const five = (cpuUs: number, level: number, others: number, seed: number) =>
  runOf(
    ["a", "b", "c", "d", "e"].map((service, index) =>
      scenarioOf(`${service}/read`, blocksOf(seed + index, { cpuUs, level, others }), { services: [service] }),
    ),
    { fingerprint: TWO_CPUS, calibration: CALIBRATION },
  );

describe("what others lose too", () => {
  test("is in the document beside what was measured: a reason may quote it", () => {
    const before = recordBaseline([1, 11, 21].map((seed) => five(200, 1000, 0.05, seed)));
    const [found] = judge(five(270, 620, 0.95, 31), before).scenarios;
    const cpu = found?.comparisons.find(({ metric }) => metric === "cpu per operation");
    expect(cpu?.effect.estimate).toBeLessThan(-0.2);
    expect(cpu?.excused?.effect.estimate).toBeGreaterThan(-0.05);
    expect(cpu?.excused?.interval.low).toBeGreaterThan(cpu?.interval.low ?? 0);
    expect(found).toMatchObject({ verdict: "meets", decidedBy: "work" });
    expect(verdictSchema.parse(judge(five(270, 620, 0.95, 31), before)).scenarios[0]).toEqual(found);
  });
});

describe("what would decide", () => {
  test("is told in blocks and in the seconds that they take", () => {
    const found = verdictOf(runWith({ level: 880, blocks: 6 }));
    expect(found?.verdict).toBe("inconclusive");
    expect(found?.blocksNeeded).toBeGreaterThan(6);
    // 20 s for 6 blocks, with everything between them.
    expect(found?.decidedInS).toBe(Math.ceil((((found?.blocksNeeded ?? 0) - 6) * 20) / 6));
  });
});

test("a baseline without readings is compared by time alone", () => {
  const old = recordBaseline(BASELINE.runs.map(withoutReadings));
  const found = verdictOf(runWith({ cpuUs: 400 }), old);
  expect(found?.comparisons.map(({ metric }) => metric)).toEqual(["throughput", "p95 latency"]);
  expect(found).toMatchObject({ verdict: "meets", decidedBy: "time" });
});
