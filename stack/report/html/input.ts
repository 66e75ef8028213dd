/** What a report is made from. */
import type { RecordedBaseline } from "../../judge/baseline.ts";
import type { HistoryEntry } from "../../judge/history.ts";
import type { ResultsDocument } from "../measurement/results.ts";
import type { StartUpTrace } from "../../core/results/start-up-trace.ts";

export interface ReportInput extends Past {
  readonly document: ResultsDocument;
  /** The baseline that the verdict names; without it no distribution of an earlier run is drawn. */
  readonly baseline?: RecordedBaseline;
  readonly trace?: StartUpTrace;
}

/** Earlier runs of the same stack and profile. */
export interface Past {
  /** Oldest first; the run of the document is the last entry. */
  readonly history: readonly HistoryEntry[];
  readonly changes: readonly Change[];
}

/** From some run on, a scenario's throughput was another. */
export interface Change {
  readonly scenario: string;
  /** Position in `history` of the first run after the change. */
  readonly index: number;
  /** Mean operations a second before and after. */
  readonly before: number;
  readonly after: number;
  readonly p: number;
}
