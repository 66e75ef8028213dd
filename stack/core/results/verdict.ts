/** The verdict of a run against a baseline, as data: the judge fills it in, reports print it. */

export type Metric = "throughput" | "p95 latency";

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
  /** Medians over blocks: operations per second, or milliseconds. */
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
}

/** The closed set of causes of a loss. */
export const CAUSES = [
  "cpu limit",
  "memory limit",
  "other load",
  "disk sync",
  "network",
  "client",
  "settings",
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
  readonly verdict: Outcome | "not measured";
  readonly reason: string;
  readonly comparisons: readonly Comparison[];
  /** If `inconclusive`: the total number of blocks that would decide; absent if more blocks cannot. */
  readonly blocksNeeded?: number;
  /** True if more blocks of the same run may change the verdict. */
  readonly open: boolean;
  /**
   * The likely cause, with the figure that shows it and the next command. Present if the verdict is `below`, or if it
   * `failed` and the kernel tells why.
   */
  readonly cause?: Cause;
}

export interface VerdictReport {
  readonly verdict: Outcome;
  /** One sentence for people. */
  readonly summary: string;
  readonly baseline?: { readonly name: string; readonly recordedAt: string };
  readonly scenarios: readonly ScenarioVerdict[];
  /**
   * Conditions that differ from the baseline's without breaking comparison, and scenarios that only the baseline has.
   */
  readonly warnings: readonly string[];
}
