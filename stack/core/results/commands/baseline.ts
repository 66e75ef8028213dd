/** The results of `baseline`, one per action. */
import type { Baseline } from "../baseline.ts";
import type { BaselineQuality, Noise } from "../baseline-quality.ts";
import type { BaselineComparison } from "../comparison.ts";
import type { Finding } from "../finding.ts";
import type { HistorySeries } from "../history.ts";
import type { Saved } from "./bench.ts";

export interface LintedBaseline {
  readonly baseline: Baseline;
  /** Sorted by severity: impossible first. */
  readonly findings: readonly Finding[];
}

export type BaselineResult =
  | {
      readonly action: "list";
      /** `noise` is absent for references, and if no scenario can be judged. */
      readonly baselines: readonly { readonly baseline: Baseline; readonly noise?: Noise }[];
    }
  | {
      readonly action: "show";
      readonly baseline: Baseline;
      /** Absent for references. */
      readonly quality?: BaselineQuality;
    }
  | { readonly action: "compare"; readonly comparison: BaselineComparison }
  | { readonly action: "record"; readonly saved: Saved }
  | { readonly action: "drop"; readonly saved: Saved; readonly dropped: BaselineQuality["disturbed"] }
  | {
      readonly action: "history";
      readonly stack: string;
      readonly series: readonly HistorySeries[];
      /** Lines of the history that could not be read. */
      readonly skipped: number;
    }
  | { readonly action: "lint"; readonly linted: readonly LintedBaseline[] };
