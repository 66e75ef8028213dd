/** Watches the process that makes the load: a client that is the bottleneck measures itself. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** Above this share of one core the thread that makes the load has no reserve. */
const CPU_LIMIT = 0.8;
/** An event loop that never waits has always the next answer at hand: also where other processes take the cpu from it. */
const BUSY_LIMIT = 0.95;
/** Share of the median latency that the event loop may add. */
const LAG_SHARE = 0.1;
/**
 * A Node timer of 1 ms fires after 1.05 to 1.2 ms on an idle machine, so a lag below this is not told from none.
 * Faster operations are judged by the cpu share alone.
 */
const LAG_RESOLUTION_MS = 0.5;
const TIMER_MS = 1;
const NANOSECONDS_PER_MS = 1e6;

export interface LoaderUse {
  /** Cpu of the process, in cores: user and system. */
  readonly cpu: number;
  /** Share of the time in which the event loop did not wait for anything. */
  readonly busy: number;
  /** Median delay of the event loop beyond the timer's own resolution, in milliseconds. */
  readonly lagMs: number;
}

/** Starts watching; the answer stops it and says what was used since. */
export function watchLoader(): () => LoaderUse {
  const delay = monitorEventLoopDelay({ resolution: TIMER_MS });
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  const loopBefore = performance.eventLoopUtilization();
  delay.enable();
  return () => {
    delay.disable();
    const used = process.cpuUsage(cpuBefore);
    const elapsedMs = performance.now() - before;
    const lagMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(50) / NANOSECONDS_PER_MS - TIMER_MS);
    const busy = performance.eventLoopUtilization(loopBefore).utilization;
    return { cpu: (used.user + used.system) / 1000 / elapsedMs, busy, lagMs };
  };
}

/** Why the client may have set the pace, or undefined. `medianMs` is the median latency of the same block. */
export function clientLimit(use: LoaderUse, medianMs: number): string | undefined {
  if (use.cpu > CPU_LIMIT) return `the load loop used ${Math.round(use.cpu * 100)} % of a core`;
  if (use.busy > BUSY_LIMIT) return `the load loop was busy for ${Math.round(use.busy * 100)} % of the time`;
  if (use.lagMs > Math.max(LAG_RESOLUTION_MS, LAG_SHARE * medianMs)) {
    return `the event loop was ${use.lagMs.toFixed(1)} ms late, the median latency is ${medianMs.toFixed(2)} ms`;
  }
  return undefined;
}
