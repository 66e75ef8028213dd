/** One measured run as a stack's history keeps it. */
import { z } from "zod";

export const historyEntrySchema = z.strictObject({
  /** ISO 8601, UTC: when the run began. */
  at: z.string(),
  profile: z.string(),
  /** "up", "verify", "bench". */
  command: z.string(),
  verdict: z.string(),
  /** Hash of all conditions that break comparison: machine, images, durability, method, workload. */
  conditions: z.string(),
  /** Scenarios with figures; failed, skipped and unsteady ones are left out. */
  scenarios: z
    .array(
      z
        .strictObject({
          name: z.string(),
          /** Operations per second: median over blocks. */
          throughput: z.number().positive(),
          /** Milliseconds, over all operations; absent if there are too few to bound it. */
          p95Ms: z.number().positive().optional(),
        })
        .readonly(),
    )
    .readonly(),
});

export type HistoryEntry = Readonly<z.infer<typeof historyEntrySchema>>;

/** One scenario under one set of conditions. */
export interface HistorySeries {
  readonly scenario: string;
  readonly conditions: string;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
}

export interface HistoryPoint {
  readonly at: string;
  readonly command: string;
  readonly verdict: string;
  readonly throughput: number;
  readonly p95Ms?: number | undefined;
  /** The throughput level changed at this run: means of the runs before and after, and the p-value. */
  readonly change?: { readonly before: number; readonly after: number; readonly p: number };
}
