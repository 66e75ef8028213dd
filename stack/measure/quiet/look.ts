/** Looks at a machine while nothing is measured: who uses its cpus. */
import { setTimeout as sleep } from "node:timers/promises";
import { sum } from "simple-statistics";
import type { Engine } from "../../core/machine/engine.ts";
import type { MachineFacts, ObservedContainer } from "../../core/machine/facts.ts";
import type { MachineLook } from "../../core/machine/look.ts";
import type { Resources } from "../../core/results/resources.ts";
import type { ProcessHost } from "../../host/processes.ts";
import { watchNeighbours } from "../samples/neighbours.ts";
import { openSampler } from "../samples/sampler.ts";

/** Bursts of a second average out; a person still waits for it. */
const LOOK_MS = 3_000;

export interface LookOptions {
  readonly engine: Engine;
  /** The stack's. Their counters include the machine's. */
  readonly containers: readonly ObservedContainer[];
  readonly machine: MachineFacts;
  readonly host: ProcessHost;
  readonly signal: AbortSignal;
  readonly lookMs?: number;
}

/**
 * Resolves what is used during a few seconds; undefined if no container's counters can be read. Rejects with AbortError
 * if the signal aborts.
 */
export async function lookAtMachine(options: LookOptions): Promise<MachineLook | undefined> {
  const { engine, containers, machine, host, signal, lookMs = LOOK_MS } = options;
  const own = containers.map(({ id }) => id);
  const neighbours = await watchNeighbours({ engine, own, host, pid: process.pid });
  const sampler = await openSampler(engine, containers, machine);
  try {
    const before = process.cpuUsage();
    await sleep(lookMs, undefined, { signal });
    await sampler.finish();
    const { user, system } = process.cpuUsage(before);
    const seen = sampler.result();
    if (seen === undefined) return undefined;
    const others = await neighbours.seen(seen.clientInside).catch(() => []);
    return lookOf(seen, { cpus: machine.cpus, clientS: (user + system) / 1e6, others });
  } finally {
    sampler.close();
  }
}

interface Beside {
  readonly cpus: number;
  /** Cpu time of this process during the look. */
  readonly clientS: number;
  readonly others: MachineLook["others"];
}

/** Returns the look that these samples give; undefined without a sample of the machine. */
function lookOf(
  { machine, containers, clientInside, intervalMs }: Resources,
  { cpus, clientS, others }: Beside,
): MachineLook | undefined {
  const whole = machine.at(-1);
  if (whole === undefined) return undefined;
  const own = containers
    .map(({ instance, samples }) => ({ name: instance, cores: samples.at(-1)?.cpuCores ?? 0 }))
    .toSorted((left, right) => right.cores - left.cores);
  const client = clientInside ? clientS / (intervalMs / 1000) : 0;
  return {
    cpus,
    otherCores: Math.max(0, whole.cpuCores - sum(own.map(({ cores }) => cores)) - client),
    stealCores: whole.stealCores,
    own,
    others,
  };
}
