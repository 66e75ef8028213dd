/** The verdict of a run against a baseline, as data: the judge fills it in, reports print it. */

/**
 * What is compared. Time: throughput, p95, and p5, which other load changes little. Work: cpu per operation, and what
 * kernel and servers count, such as "synced writes per operation". "time held back" is the share of the block in which
 * the cpu limit stopped the containers; its effect is the loss that this share explains.
 */
export type Metric = TimeMetric | "cpu per operation" | "time held back" | CountedMetric;
export type TimeMetric = "throughput" | "p95 latency" | "p5 latency";
export type CountedMetric = `${string} per operation`;

/** True for work per operation, of which less is better. */
export function isWorkMetric(metric: Metric): metric is CountedMetric {
  return metric.endsWith(" per operation");
}

/** ln(now / expected), signed so that more is better. */
export interface Effect {
  readonly estimate: number;
  readonly standardError: number;
  /** Welch–Satterthwaite degrees of freedom. */
  readonly df: number;
}

/** How much longer an operation is expected to take than in the baseline, on the log scale: 0.1 is 10 %. */
export interface Prediction {
  /** ln(expected latency / latency in the baseline); the throughput of a closed loop falls by the same. */
  readonly shift: number;
  /** Standard error of the shift: SE_calibration of the verdict. */
  readonly error: number;
  /** What the machine takes more or less time for, the largest part first. */
  readonly changes: readonly MachineChange[];
}

/** The change of one machine figure against the baseline. */
export interface MachineChange {
  /** The subject of a sentence with "takes". */
  readonly what: string;
  /** ln(duration now / in the baseline). */
  readonly logRatio: number;
  readonly error: number;
  /** Duration in the baseline; absent for a figure that is a speed. */
  readonly beforeMs?: number;
}

/** One metric of one scenario against its baseline: effect, interval and margin. */
export interface Comparison {
  readonly metric: Metric;
  /**
   * Medians over blocks: operations per second, milliseconds, microseconds of cpu. For shares of time and for what is
   * counted, means: the median of rare events is 0.
   */
  readonly now: number;
  readonly expected: number;
  /** ln(now / expected on this machine), signed so that more is better. */
  readonly effect: Effect;
  readonly interval: { readonly low: number; readonly high: number };
  /** Distance on the log scale that still counts as no loss. */
  readonly margin: number;
  /** How the machine's own speed changes the expectation; effect and interval are relative to that. */
  readonly prediction: Prediction;
  /** p-value of "not below the margin", before correction for the family. */
  readonly p: number;
  /**
   * The same without the loss that scenarios of other services have too: what may show a loss where others use the
   * machine. Absent if there is none.
   */
  readonly excused?: Pick<Comparison, "effect" | "interval" | "prediction" | "p">;
}

/**
 * The closed set of causes of a loss. "own load": other processes in the service's own container. "server work": an
 * operation costs the server more cpu, bytes or pages than before. "server wait": it waits for what is neither cpu, disk
 * nor network, such as a lock or a sleep.
 */
export const CAUSES = [
  "cpu limit",
  "memory limit",
  "own load",
  "other load",
  "disk sync",
  "network",
  "client",
  "settings",
  "server work",
  "server wait",
  "unknown",
] as const;

export interface Cause {
  readonly kind: (typeof CAUSES)[number];
  /** The figure that shows it, with the baseline's for comparison. */
  readonly evidence: string;
  /** The next command to try. */
  readonly next: string;
}

export type Verdict = "meets" | "below" | "inconclusive" | "not comparable" | "baseline invalid";

/** `failed`: the service refused operations. `no baseline`: nothing to compare with. */
export type Outcome = Verdict | "failed" | "no baseline";

export interface ScenarioVerdict {
  readonly name: string;
  /** Of the stack: what the machine explains is not part of it. */
  readonly verdict: Outcome | "not measured";
  readonly reason: string;
  /**
   * `time`: throughput or p95 decided. `work`: cpu per operation, limits, shortest latencies or what is counted showed a
   * loss, or, where the machine is too busy for time to decide, that there is none. Absent while nothing is decided.
   */
  readonly decidedBy?: "time" | "work";
  readonly comparisons: readonly Comparison[];
  /** If `inconclusive`: the total number of blocks that would decide; absent if more blocks cannot. */
  readonly blocksNeeded?: number;
  /** True if more blocks of the same run may change the verdict. */
  readonly open: boolean;
  /**
   * The likely cause, with the figure that shows it and the next command. Present if the verdict is `below`, if it is
   * `inconclusive` and the estimate is a loss beyond the margin, or if it `failed` and the kernel tells why.
   */
  readonly cause?: Cause;
  /** Seconds of measuring in which more blocks would probably decide; absent if it is decided or more blocks cannot. */
  readonly decidedInS?: number;
}

/** `busy`: others take so much that time alone decides little. `slower`, `faster`: its own speed differs. */
export const MACHINE_STATES = ["as at the baseline", "busy", "slower", "faster"] as const;

/** The machine during the run, compared with the baseline's runs. */
export interface MachineVerdict {
  readonly state: (typeof MACHINE_STATES)[number];
  /** One sentence for people: "others use 0.6 of 2 cpus, at the baseline 0.1: it gives 18 % less". */
  readonly summary: string;
  /** Throughput that the machine takes from a typical scenario, on the log scale; negative for a gain. */
  readonly loss: number;
  /** Cpu that others used, in cores. */
  readonly otherCores: { readonly now: number; readonly before: number };
  /** Who uses cpu beside the stack, the largest first; empty if it cannot be seen. */
  readonly neighbours: readonly { readonly name: string; readonly cores: number }[];
}

export interface VerdictReport {
  readonly verdict: Outcome;
  /** One sentence for people. */
  readonly summary: string;
  readonly baseline?: { readonly name: string; readonly recordedAt: string };
  readonly scenarios: readonly ScenarioVerdict[];
  /** Absent without a baseline, and if a run was not sampled. */
  readonly machine?: MachineVerdict;
  /**
   * Conditions that differ from the baseline's without breaking comparison, and scenarios that only the baseline has.
   */
  readonly warnings: readonly string[];
}
