/** What a look at one thing that can go wrong has found. */
import { z } from "zod";
import type { Data } from "./data.ts";

export const diagnosisSchema = z.strictObject({
  /** What was looked at: "ports", "lock". */
  check: z.string(),
  /** `problem`: a command will fail or data may be lost. `warning`: worth knowing. */
  status: z.enum(["ok", "warning", "problem"]),
  found: z.string(),
  /** What to do about it; present unless it is ok. */
  remedy: z.string().optional(),
});

export type Diagnosis = Data<typeof diagnosisSchema>;
