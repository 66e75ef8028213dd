/** The kernel's counters of a container and its machine: cumulative, so that nothing between two reads is missed. */
import type { Bytes } from "../units.ts";

/** Seconds in which some task waited for a resource, cumulative (pressure stall information). */
export interface StalledSeconds {
  readonly cpu: number;
  readonly io: number;
  readonly memory: number;
}

/** Times of one thread since it started, from the scheduler's `schedstat`. */
export interface ThreadTimes {
  /** On a cpu. */
  readonly ranS: number;
  /** Ready to run, without a cpu. */
  readonly waitedS: number;
  /** How often it was put on a cpu. */
  readonly timeslices: number;
}

export interface Counters {
  /** The machine's own clock, in seconds since it started. */
  readonly atS: number;
  /** Cpu time of the container, without that of its reader. */
  readonly cpuS: number;
  /** Scheduler periods in which the container ran, and how many of them the cpu limit throttled. */
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Seconds in which the cpu limit held the container back; the kernel adds up the cpus that were waiting. */
  readonly throttledS: number;
  /** By thread id, without the reader's; absent if the kernel does not count them. */
  readonly threads?: ReadonlyMap<number, ThreadTimes>;
  /** Bytes read from and written to block devices; absent if the kernel does not count them per container. */
  readonly io?: { readonly readBytes: number; readonly writtenBytes: number };
  /** Network packets received and sent, without those to itself; absent if unknown. */
  readonly packets?: number;
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

/**
 * Returns what the threads of a container did between two reads; undefined if the kernel does not count it. Computed per
 * thread: one that started meanwhile counts whole, and what one that ended did after the first read is unknown and
 * counts as 0.
 */
export function threadUse(before: Counters, now: Counters): ThreadTimes | undefined {
  if (!before.threads || !now.threads) return undefined;
  const total = { ranS: 0, waitedS: 0, timeslices: 0 };
  for (const [id, thread] of now.threads) {
    const known = before.threads.get(id);
    // Fewer timeslices than before: another thread got the id of one that ended.
    const start = known && known.timeslices <= thread.timeslices ? known : NOT_STARTED;
    total.ranS += Math.max(0, thread.ranS - start.ranS);
    total.waitedS += Math.max(0, thread.waitedS - start.waitedS);
    total.timeslices += thread.timeslices - start.timeslices;
  }
  return total;
}

const NOT_STARTED: ThreadTimes = { ranS: 0, waitedS: 0, timeslices: 0 };
