/** Converts the kernel's counters to samples: the usage between two reads. Pure. */
import { median } from "simple-statistics";
import type { Counters, StalledSeconds } from "../../core/machine/counters.ts";
import type { Bench } from "../../core/service/scenario.ts";
import { inMib } from "../../core/units.ts";
import type { IdleTimes } from "./idle.ts";
import type { Between } from "./readings.ts";
import type { ContainerSample, MachineSample, Resources } from "../../core/results/resources.ts";

/** The run's interface: is told what happens, reads the counters and returns the samples. Never rejects. */
export interface Sampler {
  /** Called before the connections of a block are opened; resolves to what reads the block's two ends. */
  block(block: BlockToRead): Promise<BlockReadings>;
  /** Called between two rounds of blocks: reads every container. */
  round(): Promise<void>;
  /** Runs work in the containers that belongs to no block, so that nobody takes it for their idle use. */
  apart<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Takes the last sample. */
  finish(): Promise<void>;
  /** Returns the samples until now; undefined if nothing could be sampled. */
  result(): Resources | undefined;
}

export interface BlockToRead {
  readonly scenario: string;
  /** Whose containers do its work. */
  readonly services: readonly string[];
  /** False for a warm-up, which belongs to no scenario. */
  readonly isKept: boolean;
  readonly counters?: Bench["counters"];
}

/** Neither function rejects. */
export interface BlockReadings {
  /**
   * Reads, then the load may start. Call the result when no operation is in flight any more: it resolves to both
   * readings, or undefined if one failed.
   */
  begin(): Promise<() => Promise<Between | undefined>>;
}

/** The counters of one container over a run. */
export interface CountersOverTime {
  readonly instance: string;
  readonly service: string;
  /** Infinity means no limit. */
  readonly cpuLimit: number;
  readonly memoryLimitMib: number;
  readonly reads: readonly Counters[];
}

export interface SampledRun {
  readonly containers: readonly CountersOverTime[];
  readonly machine: { readonly cpus: number; readonly memoryMib: number };
  /** The machine's clock at the start of the run, in seconds. */
  readonly startedAtS: number;
  /** One read of any container at each moment: all of them hold the machine's counters. */
  readonly machineReads: readonly Counters[];
  readonly idle: Pick<IdleTimes, "of">;
  readonly clientInside: boolean;
  readonly blocks: Resources["blocks"];
  readonly notes: readonly string[];
}

/** Returns undefined if no container has two reads that the machine's clock can distinguish. */
export function resourcesOf(sampled: SampledRun): Resources | undefined {
  const { containers, machine, startedAtS, machineReads, idle, clientInside, blocks, notes } = sampled;
  const known = containers.filter(({ reads }) => pairs(reads).length > 0);
  const ofMachine = pairs(machineReads);
  if (known.length === 0 || ofMachine.length === 0) return undefined;
  const distancesMs = ofMachine.map(([before, now]) => (now.atS - before.atS) * 1000);
  return {
    intervalMs: Math.max(CLOCK_MS, median(distancesMs)),
    containers: known.map(({ instance, service, cpuLimit, memoryLimitMib, reads }) => {
      const unused = idle.of(instance);
      return {
        instance,
        service,
        cpuLimit: Math.min(cpuLimit, machine.cpus),
        memoryLimitMib: Math.min(memoryLimitMib, machine.memoryMib),
        samples: pairs(reads).map((pair) => containerSample(pair, startedAtS)),
        ...(unused && { idle: unused }),
      };
    }),
    machine: ofMachine.map((pair) => machineSample(pair, startedAtS)),
    clientInside,
    blocks: [...blocks],
    notes: [...notes],
  };
}

/** /proc/uptime has hundredths of a second. */
const CLOCK_MS = 10;

type Pair = readonly [before: Counters, now: Counters];

/** Returns pairs of neighbouring reads, without those too close for the machine's clock. */
function pairs(reads: readonly Counters[]): readonly Pair[] {
  const found: Pair[] = [];
  let [before] = reads;
  for (const now of reads.slice(1)) {
    if (before === undefined || now.atS - before.atS < CLOCK_MS / 1000) continue;
    found.push([before, now]);
    before = now;
  }
  return found;
}

function containerSample([before, now]: Pair, startedAtS: number): ContainerSample {
  const elapsedS = now.atS - before.atS;
  const periods = now.periods - before.periods;
  return {
    atMs: atMs(now, startedAtS),
    cpuCores: rounded(grown(before.cpuS, now.cpuS) / elapsedS),
    throttled: periods > 0 ? share((now.throttledPeriods - before.throttledPeriods) / periods) : 0,
    memoryMib: rounded(inMib(now.memory)),
    memoryLimitHits: grown(before.limitHits, now.limitHits),
    pagesReread: grown(before.pagesReread, now.pagesReread),
    oomKills: grown(before.oomKills, now.oomKills),
    ...stalledShares(before.stalled, now.stalled, elapsedS),
  };
}

function machineSample([before, now]: Pair, startedAtS: number): MachineSample {
  const elapsedS = now.atS - before.atS;
  return {
    atMs: atMs(now, startedAtS),
    cpuCores: rounded(grown(before.machine.cpuS, now.machine.cpuS) / elapsedS),
    stealCores: rounded(grown(before.machine.stealS, now.machine.stealS) / elapsedS),
    ...stalledShares(before.machine.stalled, now.machine.stalled, elapsedS),
  };
}

function atMs({ atS }: Counters, startedAtS: number): number {
  return Math.max(0, Math.round((atS - startedAtS) * 1000));
}

function stalledShares(before: StalledSeconds | undefined, now: StalledSeconds | undefined, elapsedS: number) {
  if (!before || !now) return {};
  return {
    stalledCpu: share((now.cpu - before.cpu) / elapsedS),
    stalledIo: share((now.io - before.io) / elapsedS),
    stalledMemory: share((now.memory - before.memory) / elapsedS),
  };
}

/** Growth of a counter. After a restart the counter begins at 0 again, and its growth is unknown. */
function grown(before: number, now: number): number {
  return Math.max(0, now - before);
}

function share(value: number): number {
  return rounded(Math.min(1, Math.max(0, value)));
}

/** Rounds to a thousandth, which no counter resolves: results and baselines hold thousands of these values. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
