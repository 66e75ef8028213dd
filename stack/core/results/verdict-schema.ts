/** The verdict as part of documents: the schema of what `verdict.ts` declares. */
import { z } from "zod";
import { CAUSES, MACHINE_STATES, type VerdictReport } from "./verdict.ts";

const TIME_AND_SHARE = ["throughput", "p95 latency", "p5 latency", "time held back"] as const;

/** Work per operation has as many names as servers have counters. */
const COUNTED = z.templateLiteral([z.string(), " per operation"]);

const metricSchema = z.union([z.enum(TIME_AND_SHARE), COUNTED]);

const intervalSchema = z.strictObject({ low: z.number(), high: z.number() });

const differenceSchema = z.strictObject({
  /** ln(now / expected on this machine), signed so that more is better. */
  effect: z.strictObject({ estimate: z.number(), standardError: z.number(), df: z.number() }),
  interval: intervalSchema,
  prediction: z.strictObject({
    shift: z.number(),
    error: z.number(),
    changes: z.array(
      z.strictObject({
        what: z.string(),
        logRatio: z.number(),
        error: z.number(),
        beforeMs: z.number().exactOptional(),
      }),
    ),
  }),
  p: z.number(),
});

const comparisonSchema = differenceSchema.extend({
  metric: metricSchema,
  /** Medians over blocks: operations per second, milliseconds, microseconds of cpu, counts or bytes per operation. */
  now: z.number(),
  expected: z.number(),
  /** Distance on the log scale that still counts as no loss. */
  margin: z.number(),
  /** The same without the loss that scenarios of other services have too; absent if there is none. */
  excused: differenceSchema.exactOptional(),
});

const outcomes = [
  "meets",
  "below",
  "inconclusive",
  "not comparable",
  "baseline invalid",
  "failed",
  "no baseline",
] as const;

const scenarioVerdictSchema = z.strictObject({
  name: z.string(),
  /** Of the stack: what the machine explains is not part of it. */
  verdict: z.enum([...outcomes, "not measured"]),
  reason: z.string(),
  /** Which evidence decided; absent while nothing is decided. */
  decidedBy: z.enum(["time", "work"]).exactOptional(),
  comparisons: z.array(comparisonSchema),
  blocksNeeded: z.number().exactOptional(),
  open: z.boolean(),
  cause: z.strictObject({ kind: z.enum(CAUSES), evidence: z.string(), next: z.string() }).exactOptional(),
  decidedInS: z.number().exactOptional(),
});

const machineVerdictSchema = z.strictObject({
  state: z.enum(MACHINE_STATES),
  summary: z.string(),
  /** Throughput that the machine takes from a typical scenario, on the log scale; negative for a gain. */
  loss: z.number(),
  /** Cpu that others used, in cores. */
  otherCores: z.strictObject({ now: z.number(), before: z.number() }),
  neighbours: z.array(z.strictObject({ name: z.string(), cores: z.number() })),
});

/** `machine` is absent without a baseline and in older documents. */
export const verdictSchema: z.ZodType<VerdictReport> = z.strictObject({
  verdict: z.enum(outcomes),
  summary: z.string(),
  baseline: z.strictObject({ name: z.string(), recordedAt: z.string() }).exactOptional(),
  scenarios: z.array(scenarioVerdictSchema),
  machine: machineVerdictSchema.exactOptional(),
  warnings: z.array(z.string()),
});
