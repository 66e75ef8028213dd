import { describe, expect, test } from "vitest";
import { causeOf } from "../../../stack/judge/causes/bottleneck.ts";
import type { Cause } from "../../../stack/core/results/verdict.ts";
import { baselineOf, beside, runLike, type Kind, type Signature } from "../../support/judge/faults.ts";

interface Fault {
  readonly signature: Signature;
  /** On the log scale, without what company takes. */
  readonly loss: number;
  readonly cause: Cause["kind"];
  readonly says: string;
  readonly next: string;
  /** Kinds of scenario that it slows; absent: both. */
  readonly kinds?: readonly Kind[];
}

/** Figures as measured on two cores, each fault alone. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "busy loops inside the container": {
    signature: {
      throughput: 0.6,
      serverCpu: 3,
      share: { heldBack: 0.5, serverWaiting: 3 },
      used: { throttled: 0.9, cpuCores: 1.5, idle: { cpuCores: 1.48, wantedCores: 3.1 } },
    },
    loss: 0.5,
    cause: "own load",
    says: "other load inside store's container: 3.1 cpus wanted of the 1.5 that it may use, while none of its scenarios ran",
    next: "docker top $(docker ps -q --filter label=plumbline.instance=store)",
  },
  "half the cpu limit": {
    signature: {
      throughput: 0.5,
      serverCpu: 1.2,
      share: { heldBack: 0.6, serverWaiting: 1 },
      used: { throttled: 0.95, cpuLimit: 0.2, cpuCores: 0.2 },
    },
    loss: 0.69,
    cause: "cpu limit",
    says: "the limit of 0.2 cpus held store back in 60 % of the time, in the baseline in 0 %, where the limit was 1.5",
    next: "npm run up",
  },
  "slow synced writes of its own container": {
    signature: { throughput: 0.25, serverCpu: 1.2, clientCpu: 1.3, p5: 4, syncOwn: 13, syncFloor: 13 },
    loss: 1.4,
    kinds: ["durable write"],
    cause: "disk sync",
    says: "its own limit or volume is slow, not the disk",
    next: "docker inspect $(docker ps -q --filter label=plumbline.instance=store)",
  },
  "a millisecond more of network": {
    signature: { throughput: 0.75, serverCpu: 1.15, clientCpu: 1.2, p5: 2, networkMs: 1 },
    loss: 0.25,
    cause: "network",
    says: "a round trip to store takes at least 1.2 ms, in the baseline 200 µs",
    next: "npm run doctor",
  },
  "a cache of a tenth": {
    signature: { throughput: 0.75, serverCpu: 1.35, p5: 1.3, counted: { "pages read": 12 }, settings: { cache: 12 } },
    loss: 0.3,
    cause: "settings",
    says: "store: cache is 12, in the baseline 128; an operation takes",
    next: "npm run explain -- store",
  },
  "a log of every statement": {
    signature: { throughput: 0.78, serverCpu: 1.3, p5: 1.25, settings: { log: "all" } },
    loss: 0.25,
    cause: "settings",
    says: "store: log is all, in the baseline none; an operation takes",
    next: "npm run explain -- store",
  },
  "a slower build": {
    signature: { throughput: 0.65, serverCpu: 1.7, p5: 1.5 },
    loss: 0.43,
    cause: "server work",
    says: "µs of cpu, in the baseline 4",
    next: "npm run logs -- store",
  },
  "twice the synced writes": {
    signature: { throughput: 0.6, serverCpu: 1.05, p5: 1.5, counted: { "synced writes": 2.1 } },
    loss: 0.4,
    kinds: ["durable write"],
    cause: "server work",
    says: "2.1 synced writes an operation, in the baseline 1",
    next: "npm run explain -- store",
  },
  "a sleep in every operation": {
    signature: { throughput: 0.3, serverCpu: 1.3, clientCpu: 1.4, p5: 5, counted: { "synced writes": 1.4 } },
    loss: 1.2,
    cause: "server wait",
    says: "its shortest operations take 5.",
    next: "npm run logs -- store",
  },
};

/** What runs beside, with what it does to figures: cpu per operation of both sides, waits, probes. */
const COMPANY: Readonly<Record<string, Signature>> = {
  none: {},
  "bursts of a busy loop": {
    throughput: 0.85,
    serverCpu: 1.06,
    clientCpu: 1.08,
    p5: 1.1,
    arithmetic: 1.05,
    share: { otherCores: 0.5, serverWaiting: 0.6 },
    used: { others: 0.5, neighbours: [{ name: "sh", cores: 0.5 }] },
  },
  "a compiler": {
    throughput: 0.6,
    serverCpu: 1.1,
    clientCpu: 1.1,
    p5: 1.2,
    arithmetic: 1.4,
    share: { otherCores: 1.4, serverWaiting: 2 },
    used: { others: 1.4, neighbours: [{ name: "cc1", cores: 1.4 }] },
  },
  "a disk writer": {
    throughput: 0.4,
    serverCpu: 1.5,
    clientCpu: 1.6,
    p5: 1.2,
    syncOwn: 4,
    syncElsewhere: 4,
    syncFloor: 2,
    share: { otherCores: 0.3 },
    used: { others: 0.3, neighbours: [{ name: "dd", cores: 0.2 }] },
  },
};

describe.each(Object.keys(COMPANY))("beside company (%s), the cause", (company) => {
  for (const [name, { signature, loss, cause, says, next, kinds }] of Object.entries(FAULTS)) {
    test.each(kinds ?? (["read", "durable write"] as const))(`of ${name} is named, for a %s`, (kind) => {
      const run = runLike(kind, beside(signature, COMPANY[company] ?? {}), 2);
      const [scenario] = run.scenarios;
      if (scenario?.status !== "measured") throw new Error("nothing was measured");
      const found = causeOf({ scenario, loss, run, baseline: baselineOf(kind) });
      expect(found).toMatchObject({ kind: cause });
      expect(found.next).toContain(next);
      // The short form of the figures depends on company; their subject does not.
      expect(found.evidence).toContain(company === "none" ? says : says.split(/\d/)[0]);
    });
  }
});

describe("the figures of a cause", () => {
  test("are joined where several show it", () => {
    const { signature, loss } = FAULTS["a cache of a tenth"] ?? { signature: {}, loss: 0 };
    const run = runLike("read", signature);
    const [scenario] = run.scenarios;
    if (scenario?.status !== "measured") throw new Error("nothing was measured");
    const { evidence } = causeOf({ scenario, loss, run, baseline: baselineOf("read") });
    expect(evidence).toMatch(
      /an operation takes \d+ µs of cpu, in the baseline \d+; 12 pages read an operation, in the/,
    );
  });
});

describe("a loss that is only probable", () => {
  test("has a cause too, though it is smaller than what would be shown", () => {
    const run = runLike("read", { throughput: 0.88, serverCpu: 1.2 }, 3);
    const [scenario] = run.scenarios;
    if (scenario?.status !== "measured") throw new Error("nothing was measured");
    expect(causeOf({ scenario, loss: 0.13, run, baseline: baselineOf("read") }).kind).toBe("server work");
  });

  test("beside other load, and with nothing else to see, is that load's, with who it is", () => {
    const run = runLike("read", COMPANY["a compiler"], 3);
    const [scenario] = run.scenarios;
    if (scenario?.status !== "measured") throw new Error("nothing was measured");
    const cause = causeOf({ scenario, loss: 0.2, run, baseline: baselineOf("read") });
    expect(cause.kind).toBe("other load");
    expect(cause.evidence).toContain("others than this stack use 1.4 of 2 cpus (cc1 1.4), in the baseline 0.1");
  });
});
