/** The result of `doctor`. */
import { z } from "zod";
import type { Data } from "../data.ts";
import { diagnosisSchema } from "../diagnosis.ts";

const examinedSchema = diagnosisSchema.extend({
  /** With --fix: what was done. */
  fixed: z.string().optional(),
});

export const doctorSchema = z.strictObject({
  stack: z.string(),
  /** Absent if the profile cannot be read. */
  profile: z.string().optional(),
  /** The worst status of all checks. */
  status: diagnosisSchema.shape.status,
  checks: z.array(examinedSchema),
});

export type Examined = Data<typeof examinedSchema>;
export type Examination = Data<typeof doctorSchema>;
