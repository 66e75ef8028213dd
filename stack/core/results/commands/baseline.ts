/** The results of `baseline`, one per action. */
import type { Baseline } from "../baseline.ts";
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
  | { readonly action: "list"; readonly baselines: readonly Baseline[] }
  | { readonly action: "show"; readonly baseline: Baseline }
  | { readonly action: "compare"; readonly comparison: BaselineComparison }
  | { readonly action: "record"; readonly saved: Saved }
  | {
      readonly action: "history";
      readonly stack: string;
      readonly series: readonly HistorySeries[];
      /** Lines of the history that could not be read. */
      readonly skipped: number;
    }
  | { readonly action: "lint"; readonly linted: readonly LintedBaseline[] };
