/** Watches the process that generates the load: if the client is the bottleneck, it measures itself. */
import { percentOf } from "../core/units.ts";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** Above this share of one core, the thread that generates the load has no reserve. */
const CPU_LIMIT = 0.8;
/** An event loop that never waits always has an answer ready, also if other processes take its cpu. */
const BUSY_LIMIT = 0.95;
/** Share of the median latency that the event loop may add. */
const LAG_SHARE = 0.1;
/** Share of the mean latency that the client may spend on its own work, if nothing else is in flight meanwhile. */
const OWN_SHARE = 0.1;
/**
 * A Node timer of 1 ms fires after 1.05 to 1.2 ms on an idle machine, so smaller lags cannot be measured. Faster
 * operations are judged by the cpu share alone.
 */
const LAG_RESOLUTION_MS = 0.5;
const TIMER_MS = 1;
const NANOSECONDS_PER_MS = 1e6;

export interface LoaderUse {
  /** Cpu in cores, user and system: of the process, or of the thread if it is one of several. */
  readonly cpu: number;
  /** Share of the time in which this thread was ready to run but had no core; 0 if the kernel does not report it. */
  readonly starved: number;
  /** Share of the time in which the event loop was not waiting. */
  readonly busy: number;
  /** Median delay of the event loop beyond the timer's own resolution, in milliseconds. */
  readonly lagMs: number;
}

/** Starts watching. The returned function stops it and returns the use since then. */
export function watchLoader(): () => LoaderUse {
  const delay = monitorEventLoopDelay({ resolution: TIMER_MS });
  const threadBefore = threadTimes();
  const processBefore = process.cpuUsage();
  const before = performance.now();
  const loopBefore = performance.eventLoopUtilization();
  delay.enable();
  return () => {
    delay.disable();
    const thread = threadTimes();
    const { user, system } = process.cpuUsage(processBefore);
    const elapsedMs = performance.now() - before;
    const lagMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(50) / NANOSECONDS_PER_MS - TIMER_MS);
    const busy = performance.eventLoopUtilization(loopBefore).utilization;
    const share = (field: "ranMs" | "waitedMs") =>
      thread && threadBefore ? (thread[field] - threadBefore[field]) / elapsedMs : undefined;
    // The main thread counts the whole process, because the garbage collector and the sockets' helper threads are part
    // of the load. Another thread that does not know its own cpu time uses the busy share of its event loop as an upper
    // bound.
    const cpu = isMainThread ? (user + system) / 1000 / elapsedMs : (share("ranMs") ?? busy);
    return { cpu, starved: share("waitedMs") ?? 0, busy, lagMs };
  };
}

/**
 * Returns the scheduler's times of this thread: on a core, and waiting in the run queue. Linux only. Source:
 * https://docs.kernel.org/scheduler/sched-stats.html
 */
function threadTimes(): { readonly ranMs: number; readonly waitedMs: number } | undefined {
  try {
    const [ranNs, waitedNs] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ").map(Number);
    if (ranNs === undefined || waitedNs === undefined) return undefined;
    return { ranMs: ranNs / NANOSECONDS_PER_MS, waitedMs: waitedNs / NANOSECONDS_PER_MS };
  } catch {
    return undefined;
  }
}

/**
 * Returns why the client may have set the pace, or undefined. `medianMs` is the median latency of the same block;
 * `inFlight` is the number of operations that this thread has in flight, if known. With a single one, nothing hides the
 * client's own work: its share of the time is its share of every latency.
 */
export function clientLimit(use: LoaderUse, medianMs: number, inFlight?: number): string | undefined {
  if (use.cpu > CPU_LIMIT) return `the load loop used ${percentOf(use.cpu)} of a core`;
  if (use.cpu + use.starved > CPU_LIMIT) {
    return `the load loop used ${percentOf(use.cpu)} of a core and waited for one for another ${percentOf(use.starved)}`;
  }
  if (use.busy > BUSY_LIMIT) return `the load loop was busy for ${percentOf(use.busy)} of the time`;
  if (use.lagMs > Math.max(LAG_RESOLUTION_MS, LAG_SHARE * medianMs)) {
    return `the event loop was ${use.lagMs.toFixed(1)} ms late, the median latency is ${medianMs.toFixed(2)} ms`;
  }
  const own = use.cpu + use.starved;
  if (inFlight === 1 && own > OWN_SHARE) return `${percentOf(own)} of a mean latency is the work of the client itself`;
  return undefined;
}
