/** What is assumed of the controls until a baseline's blocks say more. */
import type { Coefficient } from "../../core/results/baseline.ts";

export interface Assumptions {
  readonly otherCores: Coefficient;
  readonly clientCpu: Coefficient;
  readonly syncElsewhere: Coefficient;
}

/**
 * ln(throughput) per share of the machine's cpus that others take. Two measured cpus gave -0.25 to -0.75 per core beside
 * busy loops, bursts and a half busy core: -0.45 ± 0.25 per core, which is twice that per share.
 */
const PER_SHARE: Coefficient = { value: -0.9, error: 0.5 };
/** Measured beside the same kinds of load: 0.45 to 0.95. Both sides pay for wakeups and batching alike. */
const CLIENT_CPU: Coefficient = { value: 0.7, error: 0.2 };
/** A durable write waits for the disk most of its time, and group commit lets several wait together. */
const SYNC_ELSEWHERE: Coefficient = { value: 0.8, error: 0.3 };

/** Returns the assumptions for a machine with this number of cpus. */
export function assumptions(cpus: number): Assumptions {
  return {
    otherCores: { value: PER_SHARE.value / cpus, error: PER_SHARE.error / cpus },
    clientCpu: CLIENT_CPU,
    syncElsewhere: SYNC_ELSEWHERE,
  };
}

/**
 * The share of an assumption's error that no baseline takes away: the next load is of another kind than the one that was
 * learned from, and the slopes of the measured kinds differ by about so much.
 */
export const KIND_OF_LOAD = 0.5;

/**
 * Standard deviations of what is read for one block, where nothing changes: cores come in ticks of 10 ms, the cpu time
 * of a client varies with its garbage collector, a synced write with what the disk does meanwhile.
 */
export const READING_NOISE = { otherCores: 0.05, clientCpu: 0.05, syncElsewhere: 0.1 } as const;
