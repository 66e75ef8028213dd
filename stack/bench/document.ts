/** What a measurement says, as data: the shapes shared by results, baselines and verdicts, and their validation. */
import { z } from "zod";
import { resourcesSchema } from "./document-resources.ts";

/** Raised whenever the loop measures something else than before: figures across methods are not comparable. */
export const METHOD = "closed loop, 6+ blocks, version 1";

/** One block of one scenario: new connections, warm-up dropped. */
export const blockSchema = z.strictObject({
  /** Operations a second. */
  throughput: z.number().positive(),
  operations: z.number().int().positive(),
  meanMs: z.number().positive(),
  p50Ms: z.number().positive(),
  /** Absent below 59 operations, which cannot bound it. */
  p95Ms: z.number().positive().optional(),
  /** Little's law: |N − X·L̄| / N. */
  littleDeviation: z.number().nonnegative(),
  /** Cpu of this process during the block, in cores. */
  loaderCpu: z.number().nonnegative(),
  /** Share of the block in which this process's event loop did not wait. */
  loaderBusy: z.number().nonnegative(),
  /** Median delay of this process's event loop beyond its timer's resolution. */
  loopLagMs: z.number().nonnegative(),
  /** Why the client, and not the server, may have set the pace. */
  clientLimited: z.string().optional(),
});

export type Block = z.infer<typeof blockSchema>;

const parametersSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const scenarioFields = {
  /** "<service>/<operation>". */
  name: z.string().min(1),
  title: z.string(),
  effect: z.enum(["read", "durable write", "volatile write"]),
  clients: z.number().int().positive(),
  parameters: parametersSchema,
  /** The services whose versions and durability this scenario depends on. */
  services: z.array(z.string()),
};

export const measuredSchema = z.strictObject({
  ...scenarioFields,
  status: z.literal("measured"),
  blocks: z.array(blockSchema),
  /** All latencies of all blocks in microseconds: HdrHistogram V2, compressed, base64. */
  histogram: z.string(),
  /** "rose by 22 % over the blocks": reasons to read the figures with care. */
  notes: z.array(z.string()),
});

const failedSchema = z.strictObject({
  ...scenarioFields,
  status: z.literal("failed"),
  reason: z.string(),
  /** Operations that failed before the scenario was given up. */
  errors: z.number().int().nonnegative(),
});

/** A scenario not measured at all: no time left, or the run ended before its first block. */
const skippedSchema = z.strictObject({ ...scenarioFields, status: z.literal("skipped"), reason: z.string() });

export const scenarioSchema = z.discriminatedUnion("status", [measuredSchema, failedSchema, skippedSchema]);

export type MeasuredScenario = z.infer<typeof measuredSchema>;
export type ScenarioResult = z.infer<typeof scenarioSchema>;

/** The speed of the machine during the run: medians of what was measured before every block. */
export const calibrationSchema = z.strictObject({
  /** A fixed piece of arithmetic on one thread, median. */
  cpuMs: z.number().positive(),
  /** 64 bytes to 127.0.0.1 and back within this process, median. */
  loopbackRttMs: z.number().positive().optional(),
  /** 8 KiB written and synced on the data volume from inside a container, median. */
  syncWriteMs: z.number().positive().optional(),
  /** Operations a second of the load loop against an operation that does nothing. */
  loaderCeiling: z.number().positive(),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});

export type Calibration = z.infer<typeof calibrationSchema>;

export const fingerprintSchema = z.strictObject({
  cpuModel: z.string(),
  cpus: z.number().positive(),
  memoryMib: z.number().positive(),
  architecture: z.string(),
  /** "colima", "engine". */
  runtime: z.string(),
  storageDriver: z.string(),
  engineVersion: z.string(),
  kernel: z.string(),
  /** Where the client was: "host". */
  vantage: z.string(),
  method: z.string(),
  toolVersion: z.string(),
  /** Hash of every effective setting, by service. */
  settings: z.record(z.string(), z.string()),
  /** "<source> <version>" by service. */
  images: z.record(z.string(), z.string()),
  /** Durability and other properties that the server itself reported, by service. */
  durability: z.record(z.string(), z.record(z.string(), z.string())),
});

export type Fingerprint = z.infer<typeof fingerprintSchema>;

export const runSchema = z.strictObject({
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  elapsedS: z.number().nonnegative(),
  profile: z.string(),
  budgetS: z.number().positive(),
  /** Loss that is still `meets`, as a fraction. */
  margin: z.number().gt(0).lt(1),
  plan: z.strictObject({
    warmupMs: z.number().positive(),
    windowMs: z.number().positive(),
    /** Blocks after which the data were to be looked at, fixed before the run. */
    looks: z.array(z.number().int().positive()),
  }),
  /** False while partial, and where the budget was too small; then `warnings` says why. */
  complete: z.boolean(),
  warnings: z.array(z.string()),
  fingerprint: fingerprintSchema,
  calibration: calibrationSchema.optional(),
  /** Absent where nothing could be sampled. */
  resources: resourcesSchema.optional(),
  scenarios: z.array(scenarioSchema),
});

/** Everything that one run of the smoke set found. */
export type SmokeRun = z.infer<typeof runSchema>;
