/** What was counted at both ends of a block, and what follows for its operations and the machine. Pure. */
import { threadUse, type Counters, type ThreadTimes } from "../../core/machine/counters.ts";
import type { MachineShare, Work } from "../../core/results/work.ts";

/** One end of a block: connections are open, and no operation is in flight. */
export interface Reading {
  /** Of every container of the scenario's services, by instance; never empty. */
  readonly containers: ReadonlyMap<string, Counters>;
  /** Counted by the servers themselves; absent if they offer nothing or could not be asked. */
  readonly counted?: Readonly<Record<string, number>>;
  /** Cpu time of this process since its start. */
  readonly clientCpuUs: number;
  /** Cpu time of the container engine's own processes, in seconds; absent if it cannot be seen. */
  readonly engineCpuS?: number;
}

/** The two ends of a block. */
export interface Between {
  readonly before: Reading;
  readonly after: Reading;
  /** True if this process is one of the machine that the counters describe. */
  readonly clientInside: boolean;
}

/** Microseconds per second. */
const MICROSECONDS = 1e6;

/**
 * The reader's own cpu time is taken off and counted a moment earlier or later, so an idle container's may seem to fall
 * by part of one reading. After a restart it begins at 0 and falls by all that the container has used.
 */
const READER_S = 0.02;

/**
 * Returns the cost of each of `operations` (1 or more). Returns undefined if a container is missing in the second reading
 * or was restarted in between.
 */
export function workOf({ before, after }: Between, operations: number): Work | undefined {
  const pairs = pairsOf(before, after);
  if (!pairs) return undefined;
  const each = (value: number) => rounded(Math.max(0, value) / operations);
  const contextSwitches = total(pairs, ({ threads }) => threads?.timeslices);
  const bytesWritten = total(pairs, grownBy("io", "writtenBytes"));
  const bytesRead = total(pairs, grownBy("io", "readBytes"));
  const packets = total(pairs, ({ from, to }) =>
    from.packets === undefined || to.packets === undefined ? undefined : to.packets - from.packets,
  );
  const counted = countedPer(operations, before.counted, after.counted);
  return {
    serverCpuUs: each(MICROSECONDS * (total(pairs, cpuOf) ?? 0)),
    clientCpuUs: each(after.clientCpuUs - before.clientCpuUs),
    ...(contextSwitches !== undefined && { contextSwitches: each(contextSwitches) }),
    ...(bytesWritten !== undefined && { bytesWritten: each(bytesWritten) }),
    ...(bytesRead !== undefined && { bytesRead: each(bytesRead) }),
    ...(packets !== undefined && { packets: each(packets) }),
    ...(counted && { counted }),
  };
}

/**
 * Returns what the machine gave between the readings. Times are those of the machine's own clock at the moment of
 * counting, so a container that answers late distorts nothing. Undefined as above, and if its clock (10 ms) cannot tell
 * the readings apart.
 */
export function shareOf({ before, after, clientInside }: Between): MachineShare | undefined {
  const pairs = pairsOf(before, after);
  const [first] = pairs ?? [];
  if (!pairs || !first || pairs.some(({ elapsedS }) => elapsedS <= 0)) return undefined;
  const machineCores = (first.to.machine.cpuS - first.from.machine.cpuS) / first.elapsedS;
  const serverCores = total(pairs, (pair) => cpuOf(pair) / pair.elapsedS) ?? 0;
  const clientS = (after.clientCpuUs - before.clientCpuUs) / MICROSECONDS;
  const clientCores = clientInside ? clientS / first.elapsedS : 0;
  const engineCores = engineCoresOf({ before, after }, first.elapsedS);
  const waiting = total(pairs, ({ threads, elapsedS }) => threads && threads.waitedS / elapsedS);
  const held = pairs.map(({ from, to, elapsedS }) => (to.throttledS - from.throttledS) / elapsedS);
  return {
    otherCores: rounded(Math.max(0, machineCores - serverCores - clientCores - (engineCores ?? 0))),
    ...(engineCores !== undefined && { engineCores: rounded(engineCores) }),
    stealCores: rounded(Math.max(0, (first.to.machine.stealS - first.from.machine.stealS) / first.elapsedS)),
    heldBack: rounded(Math.min(1, Math.max(0, ...held))),
    ...(waiting !== undefined && { serverWaiting: rounded(waiting) }),
  };
}

/** Undefined if it is unknown, or if a process of the engine ended meanwhile. */
function engineCoresOf({ before, after }: Pick<Between, "before" | "after">, elapsedS: number): number | undefined {
  if (before.engineCpuS === undefined || after.engineCpuS === undefined) return undefined;
  const usedS = after.engineCpuS - before.engineCpuS;
  return usedS >= 0 ? usedS / elapsedS : undefined;
}

interface Pair {
  readonly from: Counters;
  readonly to: Counters;
  readonly elapsedS: number;
  readonly threads: ThreadTimes | undefined;
}

function pairsOf(before: Reading, after: Reading): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (const [instance, from] of before.containers) {
    const to = after.containers.get(instance);
    if (!to || to.cpuS < from.cpuS - READER_S) return undefined;
    pairs.push({ from, to, elapsedS: to.atS - from.atS, threads: threadUse(from, to) });
  }
  return pairs.length > 0 ? pairs : undefined;
}

function cpuOf({ from, to }: Pair): number {
  return to.cpuS - from.cpuS;
}

function grownBy(group: "io", field: "readBytes" | "writtenBytes") {
  return ({ from, to }: Pair): number | undefined => {
    const [start, end] = [from[group], to[group]];
    return start && end && end[field] - start[field];
  };
}

/** Returns undefined if it is unknown of one container: a sum of the others would look like less work. */
function total(pairs: readonly Pair[], of: (pair: Pair) => number | undefined): number | undefined {
  let sum = 0;
  for (const pair of pairs) {
    const value = of(pair);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

type Counted = Reading["counted"];

/** Leaves out what one reading lacks, and what fell: a counter that a restart or the server itself reset. */
function countedPer(operations: number, before: Counted, after: Counted): Record<string, number> | undefined {
  if (!before || !after) return undefined;
  const found = Object.entries(after).flatMap(([name, to]) => {
    const from = before[name];
    return from === undefined || to < from ? [] : [[name, rounded((to - from) / operations)] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const DIGITS = 5;

/** Rounds to 5 significant digits: results and baselines hold thousands of these values. */
function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
