/** What a rule finds: numbers that contradict each other or themselves, with the arithmetic that shows it. */
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
  "histogram and blocks",
  "repeated block",
  "missing method",
  "unknown figure",
] as const;

/**
 * `impossible`: the numbers contradict each other, or what the tool can do. `suspicious`: they can be true, but an
 * ordinary measurement does not look like this. `undocumented`: what would be needed to believe or check them is missing.
 */
export const SEVERITIES = ["impossible", "suspicious", "undocumented"] as const;

export const findingSchema = z.strictObject({
  rule: z.enum(RULES),
  severity: z.enum(SEVERITIES),
  /** Section of a document, or scenario, run and block of a recording. */
  place: z.string(),
  /** Lines of the source document. */
  lines: z.array(z.number().int().positive()),
  /** What cannot be, in one sentence. */
  says: z.string(),
  /** The numbers and how they are put together, one step an entry. */
  arithmetic: z.array(z.string()),
});

export type Finding = z.infer<typeof findingSchema>;
