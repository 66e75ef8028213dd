/** Runs made from random numbers with a seed, for tests of what is concluded from them. */
import {
  METHOD,
  type Block,
  type Fingerprint,
  type MeasuredScenario,
  type SmokeRun,
} from "../../stack/bench/document.ts";
import { recordBaseline, type RecordedBaseline } from "../../stack/bench/baseline.ts";
import { latencyHistogram } from "../../stack/bench/loop.ts";
import { PLANNED_LOOKS } from "../../stack/bench/stats/looks.ts";
import { encodeIntoCompressedBase64 } from "hdr-histogram-js";

export type Random = () => number;

/** Mulberry32: uniform on [0, 1), the same sequence for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const CLIENTS = 4;

/** A block whose throughput varies by `noise` (0.1 = 10 %) around `level`; it obeys Little's law exactly. */
export function blockOf(random: Random, noise: number, level = 1000): Block {
  const throughput = level * Math.exp(noise * normal(random));
  const meanMs = (CLIENTS / throughput) * 1000;
  const p95Ms = 2 * meanMs * Math.exp(noise * normal(random));
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

const HISTOGRAM = (() => {
  const histogram = latencyHistogram();
  for (let sample = 1; sample <= 400; sample += 1) histogram.recordValue(1000 + sample);
  return encodeIntoCompressedBase64(histogram);
})();

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
    parameters: { rows: 1000 },
    services: [name.split("/", 1)[0] ?? name],
    status: "measured",
    blocks: [...blocks],
    histogram: HISTOGRAM,
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
}

export function simulateRun({ random, scenarios, blocks, noise, levels = {} }: Simulated): SmokeRun {
  return runOf(
    Array.from({ length: scenarios }, (_, index) =>
      scenarioOf(
        `store/operation-${index}`,
        Array.from({ length: blocks }, () => blockOf(random, noise, levels[index])),
      ),
    ),
  );
}

export function simulateBaseline(input: Simulated): RecordedBaseline {
  return recordBaseline([simulateRun(input)]);
}
