/** The file that a measured run leaves. */
import { z } from "zod";
import { runSchema, type SmokeRun } from "./measurement.ts";
import type { VerdictReport } from "./verdict.ts";

/** `verdict` is absent while the run goes on. */
export const resultsSchema = z.strictObject({
  kind: z.literal("performance results"),
  version: z.literal(1),
  run: runSchema,
  verdict: z
    .custom<VerdictReport>((value) => typeof value === "object" && value !== null && "verdict" in value)
    .optional(),
});

export type ResultsDocument = z.infer<typeof resultsSchema>;

/** Puts a run and what it is worth into one document. */
export function resultsDocument(run: SmokeRun, verdict?: VerdictReport): ResultsDocument {
  return { kind: "performance results", version: 1, run, ...(verdict && { verdict }) };
}
