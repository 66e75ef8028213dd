/** One measured run as a stack's history keeps it. */
import { z } from "zod";
import { MACHINE_STATES } from "./verdict.ts";

export const historyEntrySchema = z.strictObject({
  /** ISO 8601, UTC: when the run began. */
  at: z.string(),
  profile: z.string(),
  /** "up", "verify", "bench". */
  command: z.string(),
  verdict: z.string(),
  /** Hash of all conditions that break comparison: machine, images, durability, method, workload. */
  conditions: z.string(),
  /** The machine during the run, compared with the baseline's; absent in older lines and without a baseline. */
  machine: z
    .strictObject({ state: z.enum(MACHINE_STATES), otherCores: z.number().nonnegative() })
    .readonly()
    .optional(),
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
          /** Cpu of the servers per operation in microseconds: median over blocks; absent if it was not read. */
          cpuUs: z.number().nonnegative().optional(),
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
  readonly cpuUs?: number | undefined;
  readonly machine?: HistoryEntry["machine"];
  /** The throughput level changed at this run. */
  readonly change?: LevelChange;
  /** The level of cpu per operation changed at this run; in microseconds. */
  readonly cpuChange?: LevelChange;
}

/** Means of the runs before and after, and the p-value. */
export interface LevelChange {
  readonly before: number;
  readonly after: number;
  readonly p: number;
}
