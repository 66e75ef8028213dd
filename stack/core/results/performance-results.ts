/** The result file of a measured run. */
import { z } from "zod";
import { runSchema, type SmokeRun } from "./measurement.ts";
import type { VerdictReport } from "./verdict.ts";
import { verdictSchema } from "./verdict-schema.ts";

/** `verdict` is absent while the run is going on. */
export const resultsSchema = z.strictObject({
  kind: z.literal("performance results"),
  version: z.literal(1),
  run: runSchema,
  verdict: verdictSchema.optional(),
});

export type ResultsDocument = z.infer<typeof resultsSchema>;

/** Combines a run and its verdict into one document. */
export function resultsDocument(run: SmokeRun, verdict?: VerdictReport): ResultsDocument {
  return { kind: "performance results", version: 1, run, ...(verdict && { verdict }) };
}
