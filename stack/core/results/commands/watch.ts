/** The result of `verify --watch`. */
import { z } from "zod";
import type { Data } from "../data.ts";

/** Changes between two observations. */
const driftSchema = z.strictObject({
  /** ISO 8601, UTC. */
  at: z.string(),
  appeared: z.array(z.string()),
  gone: z.array(z.string()),
});

export const watchSchema = z.strictObject({
  stack: z.string(),
  looks: z.number(),
  /** Differences that appeared or disappeared, for each observation that saw a change; the newest thousand. */
  drifts: z.array(driftSchema),
  /** The differences at the end. */
  differences: z.array(z.string()),
});

export type Drift = Data<typeof driftSchema>;
export type Watched = Data<typeof watchSchema>;
