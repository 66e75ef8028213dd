/** Runs made from random numbers with a seed, for tests of what is concluded from them. */
import {
  METHOD,
  type Block,
  type Fingerprint,
  type MeasuredScenario,
  type SmokeRun,
} from "../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { type RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import { generator } from "../../../stack/judge/stats/generator.ts";
import { PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";

export type Random = () => number;

/** The same sequence for the same seed. */
export const seeded: (seed: number) => Random = generator;

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Standard normal numbers, each like the one before by `likeness` (an AR(1) process). */
export function correlated(random: Random, likeness: number): () => number {
  let state = normal(random);
  return () => {
    state = likeness * state + Math.sqrt(1 - likeness ** 2) * normal(random);
    return state;
  };
}

export const CLIENTS = 4;

/** A block whose throughput varies by `noise` (0.1 = 10 %) around `level`; it obeys Little's law exactly. */
export function blockOf(random: Random, noise: number, level = 1000): Block {
  const throughput = level * Math.exp(noise * normal(random));
  const meanMs = (CLIENTS / throughput) * 1000;
  // A p95 of over 9 times the mean leaves no room for a median of 0.9 times the mean.
  const p95Ms = meanMs * Math.min(6, 2 * Math.exp(noise * normal(random)));
  return {
    throughput,
    operations: 500,
    meanMs,
    p50Ms: meanMs * 0.9,
    p95Ms,
    littleDeviation: 0,
    loaderCpu: 0.2,
    loaderBusy: 0.3,
    loopLagMs: 0.1,
  };
}

export const FINGERPRINT: Fingerprint = {
  cpuModel: "Test cpu",
  cpus: 4,
  memoryMib: 8192,
  architecture: "x86_64",
  runtime: "engine",
  storageDriver: "overlay2",
  engineVersion: "27.0",
  kernel: "6.1",
  vantage: "host",
  method: METHOD,
  toolVersion: "0.1.0",
  settings: { store: "11111111", queue: "22222222" },
  images: { store: "registry 1.0", queue: "registry 4.0" },
  durability: { store: { fsync: "on" }, queue: { confirms: "on" } },
};

/** Latencies that have the figures of these blocks: three values a block, with its median, its p95 and its mean. */
function histogramOf(blocks: readonly Block[]): string {
  const parts = blocks.flatMap(({ operations, meanMs, p50Ms, p95Ms = meanMs }) => {
    const top = Math.floor(operations / 20) + 1;
    const middle = Math.ceil(0.6 * operations);
    const rest = Math.max(0, operations - top - middle);
    const restMs = rest === 0 ? 0 : (operations * meanMs - middle * p50Ms - top * p95Ms) / rest;
    return [
      { count: middle, us: p50Ms * 1000 },
      { count: Math.min(top, operations - middle), us: p95Ms * 1000 },
      { count: rest, us: restMs * 1000 },
    ].map(({ count, us }) => ({ count, us: Math.max(1, Math.round(us)) }));
  });
  // Two digits: a tenth of the counters, and simulations make thousands of these.
  const highest = Math.max(2, ...parts.map(({ us }) => us));
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highest,
    numberOfSignificantValueDigits: 2,
  });
  for (const { count, us } of parts) if (count > 0) histogram.recordValueWithCount(us, count);
  return encodeIntoCompressedBase64(histogram);
}

export function scenarioOf(
  name: string,
  blocks: readonly Block[],
  change: Partial<MeasuredScenario> = {},
): MeasuredScenario {
  return {
    name,
    title: name,
    effect: "read",
    clients: CLIENTS,
    cost: { roundTrips: 1, syncs: 0 },
    parameters: { rows: 1000 },
    services: [name.split("/", 1)[0] ?? name],
    status: "measured",
    blocks: [...blocks],
    histogram: change.histogram ?? histogramOf(blocks),
    notes: [],
    ...change,
  };
}

export function runOf(scenarios: SmokeRun["scenarios"], change: Partial<SmokeRun> = {}): SmokeRun {
  return {
    startedAt: "2026-01-02T03:04:05.000Z",
    elapsedS: 20,
    profile: "dev",
    budgetS: 30,
    margin: 0.1,
    plan: { warmupMs: 50, windowMs: 150, looks: [...PLANNED_LOOKS] },
    complete: true,
    warnings: [],
    fingerprint: FINGERPRINT,
    scenarios,
    ...change,
  };
}

export interface Simulated {
  readonly random: Random;
  readonly scenarios: number;
  readonly blocks: number;
  readonly noise: number;
  /** Level by scenario index; 1000 elsewhere. */
  readonly levels?: Readonly<Record<number, number>>;
  /** Without latencies one by one: for the many runs that are judged, and no baseline. */
  readonly bare?: boolean;
}

export function simulateRun({ random, scenarios, blocks, noise, levels = {}, bare = false }: Simulated): SmokeRun {
  return runOf(
    Array.from({ length: scenarios }, (_, index) =>
      scenarioOf(
        `store/operation-${index}`,
        Array.from({ length: blocks }, () => blockOf(random, noise, levels[index])),
        bare ? { histogram: "" } : {},
      ),
    ),
  );
}

/** The run as its blocks would tell it if others used so many cores meanwhile. */
export function besideOthers(run: SmokeRun, otherCores: number, stealCores = 0): SmokeRun {
  const machine = { otherCores, stealCores, heldBack: 0 };
  const scenarios = run.scenarios.map((scenario) =>
    scenario.status === "measured"
      ? { ...scenario, blocks: scenario.blocks.map((block) => ({ ...block, machine })) }
      : scenario,
  );
  return { ...run, scenarios };
}

export function simulateBaseline(input: Simulated): RecordedBaseline {
  return recordBaseline([simulateRun(input)]);
}
