/** The results of commands that measure: `bench`, and the benchmarks at the end of `up`, `switch` and `verify`. */
import type { RecordedBaseline } from "../baseline.ts";
import type { BaselineComparison } from "../comparison.ts";
import type { SmokeRun } from "../measurement.ts";
import type { ResultsDocument } from "../performance-results.ts";
import type { RunScreen } from "../report-input.ts";
import type { VerdictReport } from "../verdict.ts";

/** One run with its verdict. */
export interface Measured {
  readonly run: SmokeRun;
  readonly verdict: VerdictReport;
  readonly document: ResultsDocument;
  readonly text: string;
  readonly screen: RunScreen;
  /** Paths of the result files. */
  readonly files: readonly string[];
}

/** The smoke benchmarks of a stack that was just proved. */
export interface Smoke {
  readonly measured: Measured;
  /** Comparison with the last run of another profile or machine size, if there is one. */
  readonly comparison: BaselineComparison | undefined;
  readonly durationMs: number;
}

export interface Benched {
  readonly stack: string;
  readonly profile: string;
  /** One entry per run. */
  readonly measured: readonly Measured[];
  /** Differences from the profile: the figures are those of the running stack. */
  readonly warnings: readonly string[];
  /** What disturbed the machine before the runs, if a baseline was recorded all the same. */
  readonly noise?: string | undefined;
}

/** Runs that were saved as a baseline. */
export interface Saved {
  readonly baseline: RecordedBaseline;
  readonly path: string;
  readonly notes: readonly string[];
}
