/** Inputs of a report as large as those of the profile dev, made from random numbers with a seed. */
import { encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { type RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { latencyHistogram } from "../../../stack/load/histogram.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { worked } from "../judge/work.ts";
import { twoPart } from "./two-part.ts";
import type { HistoryEntry } from "../../../stack/core/results/history.ts";
import type { ReportInput } from "../../../stack/core/results/report-input.ts";
import type { StartUpTrace } from "../../../stack/core/results/start-up-trace.ts";
import { blockOf, CLIENTS, FINGERPRINT, normal, runOf, scenarioOf, seeded, type Random } from "../judge/runs.ts";

/** Operations a second of each scenario. */
const SCENARIOS: readonly (readonly [name: string, level: number])[] = [
  ["postgres/select by primary key", 9800],
  ["postgres/insert one row", 1450],
  ["postgres/transaction of 5 operations", 410],
  ["pgbouncer/select by primary key", 7200],
  ["pgbouncer/insert one row", 1320],
  ["mysql/select by primary key", 6900],
  ["mysql/insert one row", 880],
  ["redis/get hit", 48_200],
  ["redis/set", 41_700],
  ["redis/incr across the cluster", 22_300],
  ["rabbitmq/publish 1 KB persistent with confirms", 2650],
  ["rabbitmq/consume with batched acks", 15_400],
];

const SERVICES = ["postgres", "pgbouncer", "mysql", "redis", "rabbitmq"];

/** A run of 12 scenarios against three recorded ones: most meet, one is below, two are noisy. */
export function largeInput(change: Partial<SmokeRun> = {}): ReportInput {
  const baseline = baselineOfThree();
  const random = seeded(7);
  const slower: Readonly<Record<number, number>> = { 4: 0.62, 9: 1.31 };
  const run = measured(
    random,
    (index) => slower[index] ?? 1,
    (index) => (index === 2 || index === 11 ? 0.3 : 0.03),
    0.6,
  );
  const full = { ...run, resources: resourcesOf(random, run), ...change };
  const document = resultsDocument(full, twoPart(full, baseline));
  const history = historyOf(random);
  const own = { scenario: "pgbouncer/insert one row", index: 21, p: 0.0004 };
  const changes = [
    { ...own, of: "cpu per operation", before: 455, after: 705 } as const,
    { ...own, of: "throughput", before: 1320, after: 818 } as const,
  ];
  return { document, baseline, history, changes, trace: traceOf() };
}

/** The same without anything to compare with, as on a first run. */
export function firstInput(): ReportInput {
  const run = measured(
    seeded(3),
    () => 1,
    () => 0.03,
  );
  return { document: resultsDocument(run, judge(run, undefined)), history: [], changes: [] };
}

function baselineOfThree(): RecordedBaseline {
  const random = seeded(1);
  return recordBaseline(
    [1, 2, 3].map(() =>
      measured(
        random,
        () => 1,
        () => 0.03,
      ),
    ),
  );
}

const WRITES = /insert|set|incr|publish/;

/** `busy`: cpu of others during the blocks, in cores. */
function measured(
  random: Random,
  factor: (index: number) => number,
  noise: (index: number) => number,
  busy = 0.1,
): SmokeRun {
  // Of its own, so that times stay as they are whatever is counted.
  const counting = seeded(11 + 100 * busy);
  const scenarios = SCENARIOS.map(([name, level], index): MeasuredScenario => {
    const all = latencyHistogram();
    const timed = Array.from({ length: 10 }, () => sampledBlock(random, level * factor(index), noise(index), all));
    const isWrite = WRITES.test(name);
    const counted = isWrite ? { "synced writes": 0.42, "WAL bytes": 310 } : { "pages read": 0.001 };
    const blocks = timed.map((block) =>
      worked(counting, block, {
        cpuUs: (0.6e6 / level) * (index === 4 && busy > 0.5 ? 1.55 : 1),
        clientUs: 0.2e6 / level,
        otherCores: busy,
        ...(isWrite && { bytesWritten: 4600 }),
        counted,
      }),
    );
    return scenarioOf(name, blocks, {
      effect: isWrite ? "durable write" : "read",
      histogram: encodeIntoCompressedBase64(all),
    });
  });
  const settings = Object.fromEntries(SERVICES.map((name, index) => [name, `${index}a1b2c3d`]));
  const images = Object.fromEntries(SERVICES.map((name, index) => [name, `debian ${index + 8}.${index}`]));
  const calibration = {
    cpuMs: 4.1,
    loopbackRttMs: 0.045,
    syncWriteMs: 0.41,
    loaderCeiling: 1_900_000,
    notes: [],
    publishedRttMs: { postgres: 0.21, redis: 0.12 },
    errors: { cpuMs: 0.01, loopbackRttMs: 0.01, syncWriteMs: 0.01 },
  };
  const durability = { postgres: { fsync: "on", synchronous_commit: "on" }, rabbitmq: { confirms: "on" } };
  return runOf(scenarios, { calibration, fingerprint: { ...FINGERPRINT, settings, images, durability } });
}

/** A block of 250 operations whose figures are those of its latencies, which are added to `all` too. */
function sampledBlock(random: Random, level: number, noise: number, all: Histogram): Block {
  const block = blockOf(random, noise, level);
  const own = latencyHistogram();
  const [meanUs, operations] = [block.meanMs * 1000, 250];
  for (let operation = 0; operation < operations; operation += 1) {
    // Two humps and a long tail, as servers have: what is cached, and what is not.
    const slow = random() < 0.12 ? 2.6 : 1;
    const latency = Math.max(1, Math.round(meanUs * 0.82 * slow * Math.exp(0.22 * normal(random))));
    own.recordValue(latency);
    all.recordValue(latency);
  }
  const [p50Ms, p95Ms] = [50, 95].map((percent) => own.getValueAtPercentile(percent) / 1000);
  if (p50Ms === undefined || p95Ms === undefined) throw new Error("no percentiles");
  const meanMs = own.mean / 1000;
  return { ...block, operations, meanMs, p50Ms, p95Ms, throughput: (CLIENTS / meanMs) * 1000 };
}

function historyOf(random: Random): readonly HistoryEntry[] {
  return Array.from({ length: 30 }, (_, index) => ({
    at: new Date(Date.UTC(2025, 11, 1 + index, 9, 30)).toISOString(),
    profile: "dev",
    command: index % 4 === 0 ? "up" : "verify",
    verdict: index >= 21 ? "below" : index % 9 === 5 ? "inconclusive" : "meets",
    conditions: "1a2b3c4d",
    machine: { state: index === 25 ? "busy" : "as at the baseline", otherCores: index === 25 ? 1.1 : 0.1 } as const,
    scenarios: SCENARIOS.map(([name, level]) => {
      const factor = name === "pgbouncer/insert one row" && index >= 21 ? 0.62 : 1;
      return {
        name,
        throughput: level * factor * Math.exp(0.04 * normal(random)),
        p95Ms: 8000 / level,
        cpuUs: (0.6e6 / level) * (factor < 1 ? 1.55 : 1),
      };
    }),
  }));
}

function resourcesOf(random: Random, { scenarios }: SmokeRun): NonNullable<SmokeRun["resources"]> {
  const times = Array.from({ length: 60 }, (_, index) => 500 * (index + 1));
  const containers = ["postgres", "pgbouncer", "mysql", "redis-1", "redis-2", "redis-3", "rabbitmq"];
  return {
    intervalMs: 500,
    containers: containers.map((instance, index) => ({
      instance,
      service: instance.replace(/-\d$/, ""),
      cpuLimit: index < 3 ? 2 : 1,
      memoryLimitMib: 256 * (index + 1),
      samples: times.map((atMs) => ({
        atMs,
        cpuCores: Math.min(index < 3 ? 2 : 1, 0.2 + random()),
        throttled: instance === "mysql" ? random() * 0.4 : 0,
        memoryMib: 256 * (index + 1) * (0.4 + 0.4 * (atMs / 30_000)),
        memoryLimitHits: instance === "mysql" && atMs === 20_000 ? 3 : 0,
        pagesReread: 0,
        oomKills: 0,
      })),
    })),
    machine: times.map((atMs) => ({ atMs, cpuCores: 2 + random(), stealCores: 0.3 * random() })),
    clientInside: true,
    blocks: scenarios.flatMap(({ name }, scenario) =>
      Array.from({ length: 10 }, (_, block) => {
        const fromMs = 500 + 240 * (block * scenarios.length + scenario);
        return { scenario: name, fromMs, untilMs: fromMs + 200 };
      }),
    ),
    neighbours: [{ name: "cc1plus", cores: 0.41 }],
    notes: ["pressure stall information is absent: the kernel has none"],
  };
}

export function traceOf(): StartUpTrace {
  return {
    kind: "start-up trace",
    version: 1,
    stack: "default",
    profile: "dev",
    command: "up",
    startedAt: "2026-01-02T03:03:10.000Z",
    phases: [
      { name: "runtime", startedMs: 4, durationMs: 180 },
      { name: "machine", startedMs: 190, durationMs: 45 },
      { name: "images", startedMs: 240, durationMs: 50 },
      { name: "services", startedMs: 300, durationMs: 12_600 },
    ],
    services: [
      service("postgres", [700, 1900, 3600, 5200, 5300]),
      service("pgbouncer", [700, 2000, 5400, 5450, 5500]),
      service("mysql", [700, 2100, 9700, 11_300, 11_400]),
      service("redis", [800, 2300, 2700, 4900, 5000]),
      service("rabbitmq", [800, 2400, 8100, 8900, 9000]),
    ],
  };
}

function service(name: string, [createdMs, runningMs, firstAnswerMs, preparedMs, readyMs]: Times) {
  const prepared = name === "redis" ? ["formed the cluster"] : [];
  return { service: name, createdMs, runningMs, firstAnswerMs, preparedMs, readyMs, prepared };
}

type Times = readonly [
  createdMs: number,
  runningMs: number,
  firstAnswerMs: number,
  preparedMs: number,
  readyMs: number,
];
