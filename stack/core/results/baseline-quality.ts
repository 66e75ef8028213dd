/** How useful a baseline is: what it can show, which runs make it wide, and which were disturbed. */
import { z } from "zod";

/** The smallest loss of throughput that a run as long as the baseline's own runs could exclude, by scenario. */
export const scenarioWidthSchema = z.strictObject({
  scenario: z.string(),
  /** Runs that measured it, without those that are left out. */
  runs: z.number(),
  /** Blocks of a typical run. */
  blocks: z.number(),
  /** As a fraction: 0.12 means that a loss of over 12 % is excluded if the run is as fast as the baseline. */
  excludes: z.number(),
  /** The run, counted from 1, without which a much smaller loss could be excluded; absent if there is none. */
  widest: z.strictObject({ run: z.number(), excludes: z.number() }).optional(),
});

export const NOISE = ["low", "moderate", "high", "too high"] as const;

export const baselineQualitySchema = z.strictObject({
  /** Of the middle scenario; absent if no scenario can be judged. */
  noise: z.enum(NOISE).optional(),
  widths: z.array(scenarioWidthSchema),
  /** Marked runs, counted from 1. */
  disturbed: z.array(z.strictObject({ run: z.number(), why: z.string() })),
  /** True if marked runs are not used; false if too few others are left. */
  leftOut: z.boolean(),
});

export type Noise = (typeof NOISE)[number];
export type ScenarioWidth = z.infer<typeof scenarioWidthSchema>;
export type BaselineQuality = z.infer<typeof baselineQualitySchema>;
