/** The bar as data: what the command line said before, and beside a fault that it must find. */
import { z } from "zod";
import { CAUSES } from "../../../stack/core/results/verdict.ts";

const stepSchema = z.object({
  /** "verify", with what ran beside it. */
  title: z.string(),
  exitCode: z.number(),
  verdict: z.string(),
  decided: z.number(),
  scenarios: z.number(),
  /** Of the scenarios that are below, or lose beyond the margin. */
  causes: z.array(z.enum(CAUSES)),
  summary: z.string(),
  elapsedS: z.number(),
});

export const barSchema = z.object({
  group: z.literal("bar"),
  /** The clean stack. */
  clean: stepSchema,
  /** The same stack with busy loops in one container, beside another program. */
  harmed: stepSchema,
});

export type BarStep = z.infer<typeof stepSchema>;
export type Bar = z.infer<typeof barSchema>;

/** `own load`: other processes in the container itself. */
export const BAR_CAUSES: readonly (typeof CAUSES)[number][] = ["own load"];
