import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { causeOf } from "../../../stack/judge/causes/bottleneck.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { sampled, type Sampled } from "../../support/judge/resources.ts";

const CALIBRATION = { cpuMs: 10, loopbackRttMs: 0.05, syncWriteMs: 1, loaderCeiling: 1e6, notes: [] };

const blocks = (level: number, seed: number) => {
  const random = seeded(seed);
  return Array.from({ length: 6 }, () => blockOf(random, 0.02, level));
};
const write = (level = 1000, seed = 1) =>
  scenarioOf("store/write", blocks(level, seed), { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } });

function runWith(level: number, used: Sampled | undefined, change: Partial<SmokeRun> = {}): SmokeRun {
  const resources = used && sampled("store/write", used);
  return runOf([write(level, level)], { calibration: CALIBRATION, ...(resources && { resources }), ...change });
}

const trips = (ms: number) => ({ calibration: { ...CALIBRATION, publishedRttMs: { store: ms } } });

function causeBeside(before: SmokeRun, now: SmokeRun, loss = Math.LN2) {
  const [scenario] = now.scenarios;
  if (scenario?.status !== "measured") throw new Error("nothing was measured");
  return causeOf({ scenario, loss, run: now, baseline: recordBaseline([before]) });
}

const usual = runWith(1000, {});

describe("the cause of a loss", () => {
  test("is the cpu limit where it held the container back more than in the baseline, with both limits", () => {
    const cause = causeBeside(usual, runWith(500, { throttled: 0.9, cpuLimit: 0.5, cpuCores: 0.5 }));
    expect(cause.kind).toBe("cpu limit");
    expect(cause.evidence).toContain(
      "the limit of 0.5 cpus held store back in 90 % of its periods, in the baseline in 0 %",
    );
    expect(cause.evidence).toContain("where the limit was 2");
    expect(cause.next).toContain("npm run up");
  });

  test("is not the cpu limit where it always held the container back as much", () => {
    const throttled = { throttled: 0.9 };
    expect(causeBeside(runWith(1000, throttled), runWith(500, throttled)).kind).toBe("unknown");
  });

  test("is not the cpu limit for a few periods that cannot explain the loss, which are named all the same", () => {
    const cause = causeBeside(usual, runWith(500, { throttled: 0.2 }));
    expect(cause.kind).toBe("unknown");
    expect(cause.evidence).toContain("true, but too little: the limit of 2 cpus held store back in 20 %");
  });

  test("is the memory limit where pages are read again and again", () => {
    const cause = causeBeside(usual, runWith(500, { pagesReread: 8000, memoryLimitHits: 900, memoryLimitMib: 64 }));
    expect(cause.kind).toBe("memory limit");
    expect(cause.evidence).toContain("8,000 pages a second");
    expect(cause.evidence).toContain("where the limit was 256 MiB");
  });

  test("is the memory limit where the kernel says that tasks waited for memory", () => {
    expect(causeBeside({ ...usual }, runWith(500, { stalledMemory: 0.6 })).kind).toBe("memory limit");
  });

  test("is the memory limit where the machine's tasks waited for memory, and only pages of the container came back", () => {
    const waited = { machineStalledMemory: 0.6 };
    expect(causeBeside(usual, runWith(500, { ...waited, pagesReread: 50 })).kind).toBe("memory limit");
    expect(causeBeside(usual, runWith(500, waited)).kind).toBe("unknown");
  });

  test("is the memory limit where the kernel ended a process, whatever else is slow", () => {
    const cause = causeBeside(usual, runWith(500, { oomKills: 1, others: 1.8 }));
    expect(cause.kind).toBe("memory limit");
  });

  test("is not the memory limit where page cache always filled it", () => {
    const filled = { memoryLimitHits: 3000 };
    expect(causeBeside(runWith(1000, filled), runWith(500, filled)).kind).toBe("unknown");
  });

  test("is other load where others use the cpus, in spite of a disk and a network that look slow beside it", () => {
    const busy = { ...CALIBRATION, cpuMs: 20, syncWriteMs: 20, publishedRttMs: { store: 9 } };
    const floors = { syncWriteMs: 1, publishedRttMs: { store: 0.2 } };
    const before = runWith(1000, {}, { calibration: { ...CALIBRATION, publishedRttMs: { store: 0.3 }, floors } });
    const cause = causeBeside(before, runWith(500, { others: 3 }, { calibration: { ...busy, floors } }));
    expect(cause.kind).toBe("other load");
    expect(cause.evidence).toContain("others than this stack use 3 of 4 cpus, in the baseline 0.2");
  });

  test("is the disk, and not others who use the cpu that the stack leaves while it waits for the disk", () => {
    const calibration = { ...CALIBRATION, floors: { syncWriteMs: 1, publishedRttMs: {} } };
    const floors = { syncWriteMs: 20, publishedRttMs: {} };
    const slow = { calibration: { ...CALIBRATION, cpuMs: 14, syncWriteMs: 30, floors } };
    expect(causeBeside(runWith(1000, {}, { calibration }), runWith(200, { others: 3.8 }, slow), 1.6).kind).toBe(
      "disk sync",
    );
  });

  test("is not other load where nobody misses the cpu that others use", () => {
    expect(causeBeside(usual, runWith(500, { others: 3 })).kind).toBe("unknown");
  });

  test("is other load where a container lacks the cpu that others use, though this process does not", () => {
    const [fast, slow] = [{ insideCpuStepsPerS: 1e6 }, { insideCpuStepsPerS: 2e5 }];
    const before = runWith(1000, {}, { calibration: { ...CALIBRATION, ...fast } });
    const cause = causeBeside(before, runWith(500, { others: 3 }, { calibration: { ...CALIBRATION, ...slow } }));
    expect(cause.kind).toBe("other load");
  });

  test("is other load where the hypervisor takes the cpus", () => {
    const cause = causeBeside(usual, runWith(500, { steal: 2.5 }, { calibration: { ...CALIBRATION, cpuMs: 20 } }));
    expect(cause.kind).toBe("other load");
    expect(cause.evidence).toContain("the hypervisor 2.5");
  });

  test("is other load where arithmetic is slower and nothing was sampled", () => {
    const cause = causeBeside(
      runWith(1000, undefined),
      runWith(700, undefined, { calibration: { ...CALIBRATION, cpuMs: 14 } }),
      0.36,
    );
    expect(cause.kind).toBe("other load");
    expect(cause.evidence).toContain("1.40 times as long");
  });

  test("is the disk where a synced write takes longer, for a durable write", () => {
    const slow = { calibration: { ...CALIBRATION, syncWriteMs: 6 } };
    const cause = causeBeside(usual, runWith(500, {}, slow));
    expect(cause.kind).toBe("disk sync");
    expect(cause.evidence).toBe("a synced write of 8 KiB takes at least 6.0 ms, in the baseline 1.0 ms");
  });

  test("is the disk where synced writes take longer on average, as one whose rate is limited lets most through at once", () => {
    const floors = { syncWriteMs: 1, publishedRttMs: {} };
    const before = runWith(1000, {}, { calibration: { ...CALIBRATION, syncWriteMeanMs: 1, floors } });
    const limited = { calibration: { ...CALIBRATION, syncWriteMeanMs: 10, floors } };
    const cause = causeBeside(before, runWith(500, {}, limited));
    expect(cause.kind).toBe("disk sync");
    expect(cause.evidence).toBe("a synced write of 8 KiB takes on average 10 ms, in the baseline 1.0 ms");
  });

  test("is the network where a round trip takes longer, as often as the operation makes one", () => {
    const cause = causeBeside(runWith(1000, {}, trips(0.2)), runWith(500, {}, trips(3.2)));
    expect(cause.kind).toBe("network");
    expect(cause.evidence).toBe("a round trip to store takes at least 3.2 ms, in the baseline 200 µs");
  });

  test("is named with the settings that changed where nothing else explains it", () => {
    const fingerprint = { ...FINGERPRINT, settings: { store: "33333333" } };
    const changed = { fingerprint, settings: { store: { cache: 64, durable: true } } };
    const cause = causeBeside(
      runWith(1000, {}, { settings: { store: { cache: 128, durable: true } } }),
      runWith(500, {}, changed),
    );
    expect(cause.kind).toBe("settings");
    expect(cause.evidence).toBe("store: cache is 64, in the baseline 128");
    expect(cause.next).toBe("npm run explain -- store");
  });

  test("is unknown, with the log to read, where nothing was sampled then or now", () => {
    const cause = causeBeside(runWith(1000, undefined), runWith(500, undefined));
    expect(cause).toEqual({ kind: "unknown", evidence: "the run was not sampled", next: "npm run logs -- store" });
  });

  test("is found against a baseline that was recorded without samples", () => {
    expect(causeBeside(runWith(1000, undefined), runWith(500, { throttled: 0.9 })).kind).toBe("cpu limit");
  });
});

describe("the verdict of a run that was sampled", () => {
  test("takes cpu that others were seen to use for the cause and not for an excuse", () => {
    const slow = { calibration: { ...CALIBRATION, cpuMs: 25 } };
    const report = judge(runWith(450, { others: 2.6 }, slow), recordBaseline([usual]));
    expect(report.verdict).toBe("below");
    expect(report.scenarios[0]?.cause?.kind).toBe("other load");
    expect(report.summary).toContain("likely cause: other load");
  });

  test("does not let the client's own lag hide the load that causes it", () => {
    const limited = write(450, 3).blocks.map((block) => ({ ...block, clientLimited: "the event loop was late" }));
    const run = runOf(
      [scenarioOf("store/write", limited, { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } })],
      {
        calibration: { ...CALIBRATION, cpuMs: 20 },
        resources: sampled("store/write", { others: 2.6 }),
      },
    );
    expect(judge(run, recordBaseline([usual])).verdict).toBe("below");
  });

  test("says why operations failed where the kernel ended the server for lack of memory", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = write();
    const failed = { ...head, status: "failed", reason: "connection terminated", errors: 3 } as const;
    const resources = sampled("store/write", { oomKills: 1, memoryLimitMib: 64 });
    const report = judge(runOf([failed], { resources }), recordBaseline([usual]));
    expect(report.verdict).toBe("failed");
    expect(report.scenarios[0]?.cause?.evidence).toContain("the limit of 64 MiB of store made the kernel end 1");
  });

  test("says so also of a whole container, which nobody can sample any more, and where there is no baseline", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = write();
    const failed = { ...head, status: "failed", reason: "connection refused", errors: 3 } as const;
    const killed = [{ instance: "store-1", service: "store", memoryLimitMib: 64 }];
    for (const baseline of [recordBaseline([usual]), undefined]) {
      const report = judge(runOf([failed], { killed }), baseline);
      expect(report).toMatchObject({ verdict: "failed", scenarios: [{ cause: { kind: "memory limit" } }] });
      expect(report.summary).toContain("likely cause: memory limit");
    }
    const another = [{ instance: "other-1", service: "other", memoryLimitMib: 64 }];
    expect(judge(runOf([failed], { killed: another }), undefined).scenarios[0]?.cause).toBeUndefined();
  });

  test("still takes arithmetic that is slower without a reason for another machine", () => {
    const slow = { calibration: { ...CALIBRATION, cpuMs: 25 } };
    expect(judge(runWith(450, {}, slow), recordBaseline([usual])).verdict).toBe("not comparable");
  });
});
