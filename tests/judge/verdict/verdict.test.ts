import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { judge, undecidedAgainst } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const CALIBRATION = {
  cpuMs: 10,
  loopbackRttMs: 0.05,
  syncWriteMs: 1,
  loaderCeiling: 1e6,
  errors: { cpuMs: 0.01, loopbackRttMs: 0.02, syncWriteMs: 0.03 },
  notes: [],
};

const quiet = (level = 1000, seed = 1, blocks = 6) => {
  const random = seeded(seed);
  return Array.from({ length: blocks }, () => blockOf(random, 0.02, level));
};
const store = (level?: number, seed?: number) => scenarioOf("store/read", quiet(level, seed));
const SYNCED = { roundTrips: 1, syncs: 1 };
const write = (level: number) => scenarioOf("store/write", quiet(level, 2), { effect: "durable write", cost: SYNCED });
const baselineOf = (...scenarios: SmokeRun["scenarios"]) =>
  recordBaseline([runOf(scenarios, { calibration: CALIBRATION })]);

const limit = (level: number, seed: number) =>
  quiet(level, seed).map((block) => ({ ...block, clientLimited: "the load loop used 97 % of a core" }));
const wild = (seed: number) => {
  const random = seeded(seed);
  return Array.from({ length: 6 }, () => blockOf(random, 1));
};

describe("the verdict", () => {
  test("is `meets` for the same figures, with one sentence that says so", () => {
    const report = judge(runOf([store(1000, 2)]), baselineOf(store()));
    expect(report.verdict).toBe("meets");
    expect(report.summary).toBe("meets: all 1 scenarios are within the margin of the baseline");
  });

  test("is `meets` for an improvement of any size", () => {
    expect(judge(runOf([store(5000, 2)]), baselineOf(store())).verdict).toBe("meets");
  });

  test("is `below` with the loss, the margin and what to do next", () => {
    const report = judge(
      runOf([store(500, 2), scenarioOf("queue/publish", quiet())]),
      baselineOf(store(), scenarioOf("queue/publish", quiet())),
    );
    expect(report.verdict).toBe("below");
    expect(report.summary).toContain("store/read");
    expect(report.scenarios.map(({ verdict }) => verdict)).toEqual(["below", "meets"]);
    expect(report.scenarios[0]?.cause?.next).toContain("npm run logs -- store");
    expect(report.summary).toContain("likely cause: unknown");
  });

  test("sees a tail that became slower although the throughput held", () => {
    const slow = quiet(1000, 2).map((block) => ({ ...block, p95Ms: (block.p95Ms ?? 1) * 3 }));
    const report = judge(runOf([scenarioOf("store/read", slow)]), baselineOf(store()));
    expect(report.verdict).toBe("below");
    expect(report.scenarios[0]?.reason).toContain("p95 latency");
  });

  test("names slower cpu as the cause of a loss that is larger than it explains", () => {
    const run = runOf([store(400, 2)], { calibration: { ...CALIBRATION, cpuMs: 14 } });
    const cause = judge(run, baselineOf(store())).scenarios[0]?.cause;
    expect(cause?.evidence).toContain("arithmetic takes 1.40 times as long");
  });

  test("does not blame the stack for what a slower machine explains", () => {
    const run = runOf([store(700, 2)], { calibration: { ...CALIBRATION, cpuMs: 14 } });
    const report = judge(run, baselineOf(store()));
    expect(report.verdict).not.toBe("below");
    expect(report.scenarios[0]?.comparisons[0]?.prediction.shift).toBeGreaterThan(0.3);
  });

  test("does not blame the service where the client set the pace", () => {
    const limited = quiet(500, 2).map((block) => ({ ...block, clientLimited: "the load loop used 97 % of a core" }));
    const report = judge(runOf([scenarioOf("store/read", limited)]), baselineOf(store()));
    expect(report.verdict).toBe("inconclusive");
    expect(report.scenarios[0]?.reason).toContain("97 % of a core");
  });

  test("sees a loss where the client set the pace in both runs, for it is the same client", () => {
    const before = scenarioOf("store/read", limit(1000, 1));
    expect(judge(runOf([scenarioOf("store/read", limit(500, 2))]), baselineOf(before)).verdict).toBe("below");
  });

  test("is `inconclusive` with the blocks that would decide", () => {
    const random = seeded(41);
    const noisy = Array.from({ length: 6 }, () => blockOf(random, 0.12, 980));
    const report = judge(
      runOf([scenarioOf("store/read", noisy)]),
      baselineOf(scenarioOf("store/read", quiet(1000, 1, 12))),
    );
    expect(report.verdict).toBe("inconclusive");
    expect(report.scenarios[0]?.blocksNeeded).toBeGreaterThan(6);
  });

  test("is `inconclusive` with fewer than six blocks", () => {
    expect(judge(runOf([scenarioOf("store/read", quiet(1000, 2, 5))]), baselineOf(store())).verdict).toBe(
      "inconclusive",
    );
  });

  test("never says `meets` where the noise would hide the loss of half the speed", () => {
    const report = judge(runOf([scenarioOf("store/read", wild(1))]), baselineOf(scenarioOf("store/read", wild(2))));
    expect(report.verdict).toBe("inconclusive");
  });

  test("is `inconclusive` for a scenario that is unsteady, which more blocks may change", () => {
    const { histogram: _, notes: __, ...rest } = store(500, 2);
    const unsteady = { ...rest, status: "unsteady", reason: "throughput rose by 40 % over the blocks" } as const;
    const report = judge(runOf([unsteady]), baselineOf(store()));
    expect(report).toMatchObject({ verdict: "inconclusive", scenarios: [{ verdict: "inconclusive", open: true }] });
    expect(report.scenarios[0]?.reason).toBe("unsteady: throughput rose by 40 % over the blocks");
    expect(undecidedAgainst(undefined)(runOf([unsteady]))).toEqual(["store/read"]);
    expect(judge(runOf([unsteady]), undefined).verdict).toBe("no baseline");
  });

  test("is `failed` when a scenario failed, whatever the others say", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = store();
    const failed = { ...head, name: "store/write", status: "failed", reason: "access denied", errors: 10 } as const;
    const report = judge(runOf([store(1000, 2), failed]), baselineOf(store()));
    expect(report.verdict).toBe("failed");
    expect(report.summary).toContain("store/write");
  });

  test("is `no baseline` without one", () => {
    expect(judge(runOf([store()]), undefined).verdict).toBe("no baseline");
  });

  test.each([
    ["image version", { images: { store: "debian 2.0" } }, "images.store is debian 2.0"],
    ["durability", { durability: { store: { fsync: "off" } } }, "durability.store is fsync=off"],
    ["architecture", { architecture: "aarch64" }, "architecture is aarch64"],
    ["cpus", { cpus: 8 }, "cpus is 8"],
  ])("is `not comparable` when the %s differs, and says so", (_, change, text) => {
    const report = judge(runOf([store(300)], { fingerprint: { ...FINGERPRINT, ...change } }), baselineOf(store()));
    expect(report.verdict).toBe("not comparable");
    expect(report.scenarios[0]?.reason).toContain(text);
  });

  test("is `not comparable` only for scenarios of the service that changed", () => {
    const queue = scenarioOf("queue/publish", quiet());
    const run = runOf([store(1000, 2), queue], {
      fingerprint: { ...FINGERPRINT, images: { ...FINGERPRINT.images, queue: "registry 5.0" } },
    });
    expect(judge(run, baselineOf(store(), queue)).scenarios.map(({ verdict }) => verdict)).toEqual([
      "meets",
      "not comparable",
    ]);
  });

  test("is `not comparable` when the workload or the number of clients differs", () => {
    for (const change of [{ parameters: { rows: 5 } }, { clients: 8 }]) {
      expect(judge(runOf([scenarioOf("store/read", quiet(), change)]), baselineOf(store())).verdict).toBe(
        "not comparable",
      );
    }
  });

  test("is `not comparable` when the machine's own speed is out of half to double", () => {
    const run = runOf([store(400)], { calibration: { ...CALIBRATION, cpuMs: 25 } });
    expect(judge(run, baselineOf(store())).verdict).toBe("not comparable");
  });

  test("calls a slow disk the cause of slow durable writes, and no excuse for them", () => {
    const slow = { calibration: { ...CALIBRATION, syncWriteMs: 12 } };
    expect(judge(runOf([store(1000, 2)], slow), baselineOf(store())).verdict).toBe("meets");
    expect(judge(runOf([write(1000)], slow), baselineOf(write(1000))).verdict).toBe("meets");
    const report = judge(runOf([write(300)], slow), baselineOf(write(1000)));
    expect(report.verdict).toBe("below");
    expect(report.scenarios[0]?.cause?.kind).toBe("disk sync");
  });

  test("excuses no more of a slow disk than a drift that names no cause", () => {
    const drifted = { calibration: { ...CALIBRATION, syncWriteMs: 1.2 } };
    expect(judge(runOf([write(820)], drifted), baselineOf(write(1000))).verdict).toBe("inconclusive");
    expect(judge(runOf([write(650)], drifted), baselineOf(write(1000))).verdict).toBe("below");
  });

  test("is `baseline invalid` when throughput and latency of the baseline contradict each other", () => {
    const impossible = scenarioOf(
      "store/read",
      quiet().map((block) => ({ ...block, throughput: block.throughput * 3 })),
    );
    const report = judge(runOf([store()]), baselineOf(impossible));
    expect(report.verdict).toBe("baseline invalid");
    expect(report.scenarios[0]?.reason).toContain("throughput × mean latency");
  });

  test("warns of changed settings and of scenarios that are missing now, without refusing", () => {
    const run = runOf([store(1000, 2)], { fingerprint: { ...FINGERPRINT, settings: { store: "33333333" } } });
    const report = judge(run, baselineOf(store(), scenarioOf("queue/publish", quiet())));
    expect(report.verdict).toBe("meets");
    expect(report.warnings).toContain("settings.store is 33333333, the baseline has 11111111");
    expect(report.warnings).toContain("the baseline has queue/publish, this run has not");
  });

  test("takes the margin from the variation of the recorded runs when there are three", () => {
    const runs = [800, 1000, 1250].map((level, seed) => runOf([store(level, seed + 1)]));
    const report = judge(runOf([store(750, 9)]), recordBaseline(runs));
    expect(report.verdict).not.toBe("below");
    expect(report.scenarios[0]?.comparisons[0]?.margin).toBeGreaterThan(0.3);
  });
});
