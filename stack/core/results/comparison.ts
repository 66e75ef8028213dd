/** Two recorded baselines, or two runs, side by side, as data: the judge compares, reports print it. */
import type { Comparison } from "./verdict.ts";

/** One condition of a measurement that is another than that of the baseline. */
export interface Difference {
  /** "images.postgres", "cpus". */
  readonly field: string;
  readonly now: string;
  readonly baseline: string;
  /** True if figures are not comparable; otherwise it is only worth knowing. */
  readonly breaks: boolean;
  /** What the calibration measures the effect of: a prediction can take its place. */
  readonly hardware?: true;
  /** The service it concerns; absent if it concerns all. */
  readonly service?: string;
}

export interface ComparedRow {
  readonly scenario: string;
  readonly comparison: Comparison;
  /** What the older one leads one to expect on the machine of the newer: a prediction. Absent on the same hardware. */
  readonly predicted?: number;
  /** "slower" after Holm's correction, "unclear" where the interval reaches beyond the margin. */
  readonly outcome: "faster" | "slower" | "same" | "unclear";
}

export interface BaselineComparison {
  readonly left: string;
  readonly right: string;
  /** Conditions that differ: with any that breaks comparison, the rows show their effect and no regression. */
  readonly differences: readonly Difference[];
  readonly rows: readonly ComparedRow[];
  /** Scenarios that only one of them has, or that do different work in each. */
  readonly leftOut: readonly string[];
}
