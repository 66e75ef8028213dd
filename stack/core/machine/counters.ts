/** What the kernel counts of a container and of the machine around it: cumulated, so that nothing between two reads is missed. */
import type { Bytes } from "../units.ts";

/** Seconds in which some task waited for a resource, cumulated (pressure stall information). */
export interface StalledSeconds {
  readonly cpu: number;
  readonly io: number;
  readonly memory: number;
}

export interface Counters {
  /** The machine's own clock, in seconds since it started. */
  readonly atS: number;
  readonly cpuS: number;
  /** Periods of the cpu limit in which the container ran, and those of them in which the limit stopped it. */
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Memory without page cache that can be dropped at once: what "working set" means to Kubernetes and `docker stats`. */
  readonly memory: Bytes;
  /** Times that a request for memory met the limit, and something had to be reclaimed first; 0 where nobody counts it. */
  readonly limitHits: number;
  /** Processes that the kernel ended for lack of memory. */
  readonly oomKills: number;
  /** Pages read back from disk soon after the limit had them evicted. */
  readonly pagesReread: number;
  /** Absent if the kernel keeps none for a container: cgroup v1, or pressure stall information switched off. */
  readonly stalled?: StalledSeconds;
  readonly machine: {
    /** Differs between machines and between their starts. */
    readonly bootId: string;
    readonly cpuS: number;
    /** Taken by the hypervisor. */
    readonly stealS: number;
    readonly stalled?: StalledSeconds;
  };
}

/** Reads the counters of one container again and again. */
export interface CounterReader {
  read(): Promise<Counters>;
  close(): void;
}
