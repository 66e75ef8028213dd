/** The kernel's counters of a container and its machine: cumulative, so that nothing between two reads is missed. */
import type { Bytes } from "../units.ts";

/** Seconds in which some task waited for a resource, cumulative (pressure stall information). */
export interface StalledSeconds {
  readonly cpu: number;
  readonly io: number;
  readonly memory: number;
}

export interface Counters {
  /** The machine's own clock, in seconds since it started. */
  readonly atS: number;
  readonly cpuS: number;
  /** Scheduler periods in which the container ran, and how many of them the cpu limit throttled. */
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Memory without the page cache that can be dropped at once: the "working set" of Kubernetes and `docker stats`. */
  readonly memory: Bytes;
  /** How often an allocation hit the memory limit and had to reclaim first; 0 if the kernel does not count it. */
  readonly limitHits: number;
  /** Processes that the kernel killed for lack of memory. */
  readonly oomKills: number;
  /** Pages read back from disk soon after the memory limit had evicted them. */
  readonly pagesReread: number;
  /** Absent if the kernel does not count it per container: cgroup v1, or pressure stall information switched off. */
  readonly stalled?: StalledSeconds;
  readonly machine: {
    /** Changes with every boot, and differs between machines. */
    readonly bootId: string;
    readonly cpuS: number;
    /** Cpu time that the hypervisor took, in seconds. */
    readonly stealS: number;
    readonly stalled?: StalledSeconds;
  };
}

/** Reads the counters of one container repeatedly. */
export interface CounterReader {
  read(): Promise<Counters>;
  close(): void;
}
