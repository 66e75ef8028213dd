/** Who uses cpu beside the stack during a run: other containers of the engine, and processes of this computer. */
import { performance } from "node:perf_hooks";
import { messageOf } from "../../core/errors.ts";
import type { ContainerCpu, Engine } from "../../core/machine/engine.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import type { Resources } from "../../core/results/resources.ts";
import { withDeadline } from "../../host/deadline.ts";
import { computerProcesses, controlGroupsOf, type ComputerProcess, type ProcessHost } from "../../host/processes.ts";
import { isOfTheEngine, isVirtualMachine, usedBetween, type ProcessUse } from "./process-use.ts";

export type Neighbour = NonNullable<Resources["neighbours"]>[number];

/** For one reading: an engine older than 20.10 takes a second or two for its statistics. */
const READ_DEADLINE_MS = 3_000;
/** Less is what any computer does by itself. */
const NOTABLE_CORES = 0.05;
const NAMED_MAXIMUM = 5;

export interface NeighboursOptions {
  readonly engine: Pick<Engine, "cpuTimes">;
  /** Ids of the stack's containers. */
  readonly own: readonly string[];
  readonly host: ProcessHost;
  readonly pid: number;
}

/** Reads once, and once more for an answer: nothing is read in between, while blocks run. */
export interface Neighbours {
  /** Resolves the neighbours since the first reading. Rejects with what cannot be seen. */
  seen(clientInside: boolean): Promise<readonly Neighbour[]>;
  /** Resolves the run with its neighbours since the first reading. Never rejects; a note says what cannot be seen. */
  of(run: SmokeRun): Promise<SmokeRun>;
}

interface Reading {
  readonly atMs: number;
  readonly containers: readonly ContainerCpu[];
  readonly processes: readonly ComputerProcess[];
}

/** Never rejects. */
export async function watchNeighbours(options: NeighboursOptions): Promise<Neighbours> {
  const first = await read(options).catch((error: unknown) => messageOf(error));
  const seen = async (clientInside: boolean) => {
    if (typeof first === "string") throw new Error(first);
    return between(first, await read(options), options, clientInside);
  };
  return {
    seen,
    of: async (run) => {
      const { resources } = run;
      if (!resources) return run; // there is nothing to put them beside
      try {
        return { ...run, resources: { ...resources, neighbours: [...(await seen(resources.clientInside))] } };
      } catch (error) {
        const note = `who else uses cpu was not seen: ${messageOf(error)}`;
        return { ...run, resources: { ...resources, notes: [...resources.notes, note] } };
      }
    },
  };
}

async function read({ engine, own, host }: NeighboursOptions): Promise<Reading> {
  const both = Promise.all([engine.cpuTimes(own), computerProcesses(host)]);
  const [containers, processes] = await withDeadline(both, READ_DEADLINE_MS, "the engine did not answer");
  return { atMs: performance.now(), containers, processes };
}

async function between(
  first: Reading,
  last: Reading,
  { own, host, pid }: NeighboursOptions,
  clientInside: boolean,
): Promise<readonly Neighbour[]> {
  const seconds = (last.atMs - first.atMs) / 1000;
  const isNotable = ({ cpuS }: Used) => cpuS / seconds >= NOTABLE_CORES;
  const containers = last.containers.map(({ id, name, cpuS }) => {
    const before = first.containers.find((container) => container.id === id)?.cpuS ?? 0;
    return { name: `container ${name}`, cpuS: cpuS < before ? cpuS : cpuS - before }; // restarted: it counts from 0
  });
  const used = usedBetween(first.processes, last.processes, pid).filter(
    ({ command, cpuS }) => cpuS > 0 && !isOfTheEngine(command) && (clientInside || !isVirtualMachine(command)),
  );
  const worthALook = new Set(byCommand(used).flatMap((sum) => (isNotable(sum) ? [sum.name] : [])));
  const known = [...own, ...last.containers.map(({ id }) => id)];
  const outside = await outsideOf(
    known,
    used.filter(({ command }) => worthALook.has(command)),
    host,
  );
  return [...containers, ...byCommand(outside)]
    .filter(isNotable)
    .toSorted((left, right) => right.cpuS - left.cpuS)
    .slice(0, NAMED_MAXIMUM)
    .map(({ name, cpuS }) => ({ name, cores: Math.round((cpuS / seconds) * 100) / 100 }));
}

interface Used {
  readonly name: string;
  readonly cpuS: number;
}

function byCommand(processes: readonly ProcessUse[]): readonly Used[] {
  const sums = new Map<string, number>();
  for (const { command, cpuS } of processes) sums.set(command, (sums.get(command) ?? 0) + cpuS);
  return [...sums].map(([name, cpuS]) => ({ name, cpuS }));
}

/** Leaves out the processes of these containers: they are the stack's, or counted with their container. */
async function outsideOf(containers: readonly string[], processes: readonly ProcessUse[], host: ProcessHost) {
  const groups = await Promise.all(processes.map(({ pid }) => controlGroupsOf(host, pid)));
  return processes.filter((_, index) => !containers.some((id) => groups[index]?.includes(id)));
}
