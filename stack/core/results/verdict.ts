/** What a run is worth against a baseline, as data: the judge fills it in, reports print it. */

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
  /** ln(latency expected / latency in the baseline); throughput of a closed loop falls by as much. */
  readonly shift: number;
  /** Its standard error: SE_calibration of the verdict. */
  readonly error: number;
  /** What the machine needs longer or shorter for, the largest part first. */
  readonly changes: readonly MachineChange[];
}

/** One figure of the machine, now against the baseline. */
export interface MachineChange {
  /** The subject of "takes". */
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
  /** Medians over blocks: operations a second, or milliseconds. */
  readonly now: number;
  readonly expected: number;
  /** ln(now / expected here), signed so that more is better. */
  readonly effect: Effect;
  readonly interval: { readonly low: number; readonly high: number };
  /** Distance on the log scale that is still no loss. */
  readonly margin: number;
  /** What the machine's own speed makes of the expectation; effect and interval are against that. */
  readonly prediction: Prediction;
  /** p-value of "not below the margin", before correction for the family. */
  readonly p: number;
}

/** The closed set of causes that a loss is put down to. */
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
  /** The figure that shows it, beside that of the baseline. */
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
  /** Where `inconclusive`: blocks in all that would decide; absent if more blocks cannot. */
  readonly blocksNeeded?: number;
  /** More blocks of the same run may change the verdict. */
  readonly open: boolean;
  /** Where `below`, and where the kernel says why it `failed`: the likely cause, with the figure that shows it and the next command. */
  readonly cause?: Cause;
}

export interface VerdictReport {
  readonly verdict: Outcome;
  /** One sentence for people. */
  readonly summary: string;
  readonly baseline?: { readonly name: string; readonly recordedAt: string };
  readonly scenarios: readonly ScenarioVerdict[];
  /** Conditions that differ from the baseline's without making it incomparable, scenarios that it alone has. */
  readonly warnings: readonly string[];
}
