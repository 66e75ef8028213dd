/** The result of one check of `doctor`. */
import { z } from "zod";
import type { Data } from "./data.ts";

export const diagnosisSchema = z.strictObject({
  /** What was checked: "ports", "lock". */
  check: z.string(),
  /** `problem`: a command will fail or data may be lost. `warning`: worth knowing. */
  status: z.enum(["ok", "warning", "problem"]),
  found: z.string(),
  /** How to fix it; present unless the status is ok. */
  remedy: z.string().optional(),
});

export type Diagnosis = Data<typeof diagnosisSchema>;
