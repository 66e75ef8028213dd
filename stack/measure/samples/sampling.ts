/** From the kernel's counters to samples: what was used between two reads. Pure. */
import { median } from "simple-statistics";
import type { Counters, StalledSeconds } from "../../core/machine/counters.ts";
import { inMib } from "../../core/units.ts";
import type { ContainerSample, MachineSample, Resources } from "../../core/results/resources.ts";

/** For the run: told when blocks begin and end, asked for what was sampled. Never rejects, and is never waited for. */
export interface Sampler {
  /** Before every block, with the scenario where the block counts; without one, what comes is no part of a block. */
  begin(scenario: string | undefined): void;
  /** After every block. */
  end(): void;
  /** Takes the last sample. */
  finish(): Promise<void>;
  /** What was sampled until now; undefined where nothing could be. */
  result(): Resources | undefined;
}

/** The counters of one container over a run. */
export interface CountersOverTime {
  readonly instance: string;
  readonly service: string;
  /** Infinity: no limit. */
  readonly cpuLimit: number;
  readonly memoryLimitMib: number;
  readonly reads: readonly Counters[];
}

export interface SampledRun {
  readonly containers: readonly CountersOverTime[];
  readonly machine: { readonly cpus: number; readonly memoryMib: number };
  /** The machine's clock at the start of the run, in seconds. */
  readonly startedAtS: number;
  readonly clientInside: boolean;
  readonly blocks: Resources["blocks"];
  readonly notes: readonly string[];
}

/** Undefined where no container has two reads that the machine's clock can tell apart. */
export function resourcesOf(sampled: SampledRun): Resources | undefined {
  const { containers, machine, startedAtS, clientInside, blocks, notes } = sampled;
  const known = containers.filter(({ reads }) => pairs(reads).length > 0);
  const longest = known.toSorted((left, right) => right.reads.length - left.reads.length)[0];
  if (longest === undefined) return undefined;
  const distancesMs = pairs(longest.reads).map(([before, now]) => (now.atS - before.atS) * 1000);
  return {
    intervalMs: Math.max(CLOCK_MS, median(distancesMs)),
    containers: known.map(({ instance, service, cpuLimit, memoryLimitMib, reads }) => ({
      instance,
      service,
      cpuLimit: Math.min(cpuLimit, machine.cpus),
      memoryLimitMib: Math.min(memoryLimitMib, machine.memoryMib),
      samples: pairs(reads).map((pair) => containerSample(pair, startedAtS)),
    })),
    machine: pairs(longest.reads).map((pair) => machineSample(pair, startedAtS)),
    clientInside,
    blocks: [...blocks],
    notes: [...notes],
  };
}

/** /proc/uptime has hundredths of a second. */
const CLOCK_MS = 10;

type Pair = readonly [before: Counters, now: Counters];

/** Neighbours, without those too near to each other for the machine's clock. */
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

/** A counter that starts anew (the container was restarted) has grown by nothing that is known. */
function grown(before: number, now: number): number {
  return Math.max(0, now - before);
}

function share(value: number): number {
  return rounded(Math.min(1, Math.max(0, value)));
}

/** To a thousandth, which no counter resolves: results and baselines hold thousands of these. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
