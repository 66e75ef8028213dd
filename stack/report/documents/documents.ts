/** The JSON documents of the commands: `--json` prints exactly one per run on stdout. */
import { z } from "zod";
import { doctorSchema } from "../../core/results/commands/doctor.ts";
import { envSchema } from "../../core/results/commands/env.ts";
import { explainSchema } from "../../core/results/commands/explain.ts";
import { imagesSchema } from "../../core/results/commands/images.ts";
import { logsSchema } from "../../core/results/commands/logs.ts";
import {
  leftOutSchema,
  limitsSchema,
  standInSchema,
  machineSizeSchema,
  plannedSchema,
} from "../../core/results/commands/parts.ts";
import { destroySchema, downSchema } from "../../core/results/commands/removal.ts";
import { statusSchema } from "../../core/results/commands/status.ts";
import {
  interruptionSchema,
  machineSchema,
  proofSchema,
  serviceSchema,
  serviceStartSchema,
} from "../../core/results/commands/up.ts";
import { watchSchema } from "../../core/results/commands/watch.ts";
import type { Data } from "../../core/results/data.ts";
import { resultsSchema } from "../../core/results/performance-results.ts";
import { baselineDocument, benchDocument, comparedDocument, reportDocument } from "./measurement.ts";

/** A failed command. `done` lists the actions that were completed before. */
export const errorDocument = z.strictObject({
  ok: z.literal(false),
  command: z.string(),
  error: z.strictObject({
    code: z.string(),
    exitCode: z.number(),
    what: z.string(),
    why: z.string(),
    fix: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
  done: z.array(plannedSchema),
});

export const upDocument = z.strictObject({
  ok: z.literal(true),
  command: z.string(),
  stack: z.string(),
  profile: z.string(),
  runtime: z.string(),
  engine: z.string(),
  machine: machineSchema,
  /** False if a service of the profile is not running; `leftOut` says which one and why. */
  complete: z.boolean(),
  leftOut: z.array(leftOutSchema),
  plan: z.array(plannedSchema),
  notes: z.array(z.string()),
  services: z.array(serviceSchema),
  proof: proofSchema,
  phases: z.array(z.strictObject({ name: z.string(), durationMs: z.number() })),
  trace: z.array(serviceStartSchema),
  /**
   * Restarts that clients could notice: how long each took, and which clients were drained instead of losing
   * connections.
   */
  interruptions: z.array(interruptionSchema),
  /** Comparison with the last run with another profile or machine size, if there is one. */
  comparison: comparedDocument.optional(),
  /** Absent with --no-bench. */
  results: resultsSchema.optional(),
  files: z.array(z.string()),
  exitCode: z.number(),
});

/** `verify --watch`: printed when it ends; drift is printed on stderr as it appears. */
export const watchDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("verify"),
  ...watchSchema.shape,
  exitCode: z.number(),
});

export const planDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("plan"),
  stack: z.string(),
  profile: z.string(),
  /** The profile that the stack was last brought up with. */
  inUse: z.string().optional(),
  runtime: z.string().optional(),
  engine: z.string().optional(),
  machine: machineSizeSchema,
  /** In an order in which they can be executed, with the waits between changes; empty if nothing would be done. */
  actions: z.array(plannedSchema),
  notes: z.array(z.string()),
  services: z.array(
    z.strictObject({ name: z.string(), standIn: standInSchema, limits: limitsSchema, instances: z.array(z.string()) }),
  ),
  exitCode: z.number(),
});

export const statusDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("status"),
  ...statusSchema.shape,
});

export const envDocument = z.strictObject({ ok: z.literal(true), command: z.literal("env"), ...envSchema.shape });

export const explainDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("explain"),
  ...explainSchema.shape,
});

export const logsDocument = z.strictObject({ ok: z.literal(true), command: z.literal("logs"), ...logsSchema.shape });

export const imagesDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("images"),
  ...imagesSchema.shape,
});

export const downDocument = z.strictObject({ ok: z.literal(true), command: z.literal("down"), ...downSchema.shape });

export const destroyDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("destroy"),
  ...destroySchema.shape,
});

export const doctorDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("doctor"),
  ...doctorSchema.shape,
  exitCode: z.number(),
});

/** What each command prints with --json on success; `error` is what each prints on failure. */
export const documents: Readonly<Record<string, z.ZodType>> = {
  up: upDocument,
  switch: upDocument,
  verify: z.union([upDocument, watchDocument]),
  plan: planDocument,
  status: statusDocument,
  env: envDocument,
  explain: explainDocument,
  logs: logsDocument,
  bench: benchDocument,
  baseline: baselineDocument,
  report: reportDocument,
  down: downDocument,
  destroy: destroyDocument,
  doctor: doctorDocument,
  images: imagesDocument,
  error: errorDocument,
};

export type UpDocument = Data<typeof upDocument>;
export type WatchDocument = Data<typeof watchDocument>;
export type ErrorDocument = Data<typeof errorDocument>;
export type PlanDocument = Data<typeof planDocument>;
export type StatusDocument = Data<typeof statusDocument>;
export type EnvDocument = Data<typeof envDocument>;
export type ExplainDocument = Data<typeof explainDocument>;
export type LogsDocument = Data<typeof logsDocument>;
export type DownDocument = Data<typeof downDocument>;
export type DestroyDocument = Data<typeof destroyDocument>;
export type ImagesDocument = Data<typeof imagesDocument>;
export type DoctorDocument = Data<typeof doctorDocument>;
