/** The JSON documents of the commands that measure and compare. */
import { z } from "zod";
import { baselineSchema } from "../bench/baseline.ts";
import { resultsSchema } from "../bench/results.ts";

export const benchDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("bench"),
  stack: z.string(),
  profile: z.string(),
  /** Why the figures may be those of another configuration than the profile's. */
  warnings: z.array(z.string()),
  results: resultsSchema,
  files: z.array(z.string()),
  /** Path of the baseline that was written. */
  baseline: z.string().optional(),
  exitCode: z.number(),
});

const comparedRow = z.strictObject({
  scenario: z.string(),
  metric: z.string(),
  before: z.number(),
  now: z.number(),
  outcome: z.enum(["faster", "slower", "same", "unclear"]),
});

export const comparedDocument = z.strictObject({
  left: z.string(),
  right: z.string(),
  differences: z.array(z.string()),
  rows: z.array(comparedRow),
  leftOut: z.array(z.string()),
});

export const baselineDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("baseline"),
  result: z.discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("list"),
      baselines: z.array(
        z.strictObject({
          name: z.string(),
          kind: z.enum(["recorded", "reference"]),
          profile: z.string().optional(),
          recordedAt: z.string(),
          runs: z.number().optional(),
        }),
      ),
    }),
    z.strictObject({ action: z.literal("show"), baseline: baselineSchema }),
    comparedDocument.extend({ action: z.literal("compare") }),
    z.strictObject({
      action: z.literal("record"),
      name: z.string(),
      path: z.string(),
      runs: z.number(),
      scenarios: z.number(),
      notes: z.array(z.string()),
    }),
  ]),
});

export type ComparedDocument = z.infer<typeof comparedDocument>;
export type BenchDocument = z.infer<typeof benchDocument>;
export type BaselineDocument = z.infer<typeof baselineDocument>;
