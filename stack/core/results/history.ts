/** One measured run as a stack's history keeps it. */
import { z } from "zod";

export const historyEntrySchema = z.strictObject({
  /** ISO 8601, UTC: when the run began. */
  at: z.string(),
  profile: z.string(),
  /** "up", "verify", "bench". */
  command: z.string(),
  verdict: z.string(),
  /** Hash of all that breaks comparison: machine, images, durability, method, workload. */
  conditions: z.string(),
  /** Those that gave figures: failed, skipped and unsteady ones are left out. */
  scenarios: z
    .array(
      z
        .strictObject({
          name: z.string(),
          /** Operations a second: median over blocks. */
          throughput: z.number().positive(),
          /** Milliseconds, over all operations; absent where they are too few to bound it. */
          p95Ms: z.number().positive().optional(),
        })
        .readonly(),
    )
    .readonly(),
});

export type HistoryEntry = Readonly<z.infer<typeof historyEntrySchema>>;
