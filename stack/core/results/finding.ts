/** A finding of a rule: numbers that contradict each other or themselves, with the arithmetic that shows it. */
import { z } from "zod";

export const RULES = [
  "little's law",
  "constant ratio",
  "percentile order",
  "mean within percentiles",
  "sum and total",
  "recomputed claim",
  "rank and table",
  "one figure, two places",
  "whole and part",
  "one mode, two names",
  "tool flags",
  "tool output",
  "whole milliseconds",
  "rate × time = count",
  "physical bounds",
  "bounds of work",
  "histogram and blocks",
  "repeated block",
  "missing method",
  "unknown figure",
] as const;

/**
 * `impossible`: the numbers contradict each other, or the tool cannot produce them. `suspicious`: they may be true, but
 * ordinary measurements look different. `undocumented`: information needed to check them is missing.
 */
export const SEVERITIES = ["impossible", "suspicious", "undocumented"] as const;

export const findingSchema = z.strictObject({
  rule: z.enum(RULES),
  severity: z.enum(SEVERITIES),
  /** Section of a document, or scenario, run and block of a recording. */
  place: z.string(),
  /** Lines of the source document. */
  lines: z.array(z.number().int().positive()),
  /** What is impossible, in one sentence. */
  says: z.string(),
  /** The numbers and their calculation, one step per entry. */
  arithmetic: z.array(z.string()),
});

export type Finding = z.infer<typeof findingSchema>;
