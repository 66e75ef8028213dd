/** The input of a run's reports, and the interface of their renderer. */
import type { RecordedBaseline } from "./baseline.ts";
import type { HistoryEntry } from "./history.ts";
import type { ResultsDocument } from "./performance-results.ts";
import type { ReferenceBaseline } from "./reference.ts";
import type { StartUpTrace } from "./start-up-trace.ts";

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

/** A change of the level of a scenario's throughput or cpu per operation. */
export interface Change {
  readonly scenario: string;
  readonly of: "throughput" | "cpu per operation";
  /** Position in `history` of the first run after the change. */
  readonly index: number;
  /** Means before and after: operations per second, or microseconds. */
  readonly before: number;
  readonly after: number;
  readonly p: number;
}

/** What a person needs of a run at the end of a command; plain text that fits 100 columns. */
export interface RunScreen {
  /** The verdict in its two parts. */
  readonly head: string;
  /** The head of the table and one line per scenario. */
  readonly scenarios: readonly string[];
  /** What is worse, then what is open, each with its cause and the next command. */
  readonly findings: readonly string[];
}

/** Turns results into text. Injected into measuring and recording, because only scripts know how a report looks. */
export interface ResultsRenderer {
  /** Returns plain text. `references` are published figures to show if there is no baseline. */
  text(document: ResultsDocument, references: readonly ReferenceBaseline[]): string;
  /** Returns what the last screen of a command shows of it. */
  screen(document: ResultsDocument): RunScreen;
  html(input: ReportInput): string;
  markdown(document: ResultsDocument): string;
  junit(document: ResultsDocument): string;
}
