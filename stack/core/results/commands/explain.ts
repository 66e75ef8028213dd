/** The result of `explain`. */
import { z } from "zod";
import type { Data } from "../data.ts";
import { machineSizeSchema, type Limits } from "./parts.ts";

const explanationSchema = z.strictObject({
  service: z.string(),
  setting: z.string(),
  value: z.string(),
  takes: z.enum(["live", "restart", "recreate"]),
  formula: z.string(),
  inputs: z.record(z.string(), z.string()),
  source: z.string(),
  variable: z.string().optional(),
});

export const explainSchema = z.strictObject({
  stack: z.string(),
  profile: z.string(),
  machine: machineSizeSchema,
  explanations: z.array(explanationSchema),
  /** What the profile's own settings put at risk, or make impossible for the next `up`; each with its place. */
  notes: z.array(z.string()),
});

export type Explanation = Data<typeof explanationSchema>;

export interface Explained extends Data<typeof explainSchema> {
  /** The budgeted machine: never more than the profile asks for. */
  readonly sizedFor: Limits;
}
