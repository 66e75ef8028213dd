/** Two recorded baselines, or two runs, compared, as data: the judge compares, reports print it. */
import type { Comparison } from "./verdict.ts";

/** One condition of a measurement that differs from the baseline's. */
export interface Difference {
  /** "images.postgres", "cpus". */
  readonly field: string;
  readonly now: string;
  readonly baseline: string;
  /** True if figures are not comparable; otherwise the difference is only reported. */
  readonly breaks: boolean;
  /** True if the calibration measures its effect, so that a prediction can replace the comparison. */
  readonly hardware?: true;
  /** The service it concerns; absent if it concerns all. */
  readonly service?: string;
}

export interface ComparedRow {
  readonly scenario: string;
  readonly comparison: Comparison;
  /** The value that the older one predicts for the newer one's machine. Absent on the same hardware. */
  readonly predicted?: number;
  /** "slower" after Holm's correction, "unclear" if the interval reaches beyond the margin. */
  readonly outcome: "faster" | "slower" | "same" | "unclear";
}

export interface BaselineComparison {
  readonly left: string;
  readonly right: string;
  /** Conditions that differ. If any breaks comparison, the rows show their effect and no regression. */
  readonly differences: readonly Difference[];
  readonly rows: readonly ComparedRow[];
  /** Scenarios that only one of them has, or whose work differs. */
  readonly leftOut: readonly string[];
}
