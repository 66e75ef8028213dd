/** The JSON documents of the commands that measure and compare. */
import { z } from "zod";
import { reportSchema } from "../../core/results/commands/report.ts";
import type { Data } from "../../core/results/data.ts";
import { baselineSchema } from "../../core/results/baseline.ts";
import { baselineQualitySchema, NOISE } from "../../core/results/baseline-quality.ts";
import { findingSchema } from "../../core/results/finding.ts";
import { resultsSchema } from "../../core/results/performance-results.ts";
import { MACHINE_STATES } from "../../core/results/verdict.ts";

export const benchDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("bench"),
  stack: z.string(),
  profile: z.string(),
  /** Why the figures may belong to another configuration than the profile's. */
  warnings: z.array(z.string()),
  results: resultsSchema,
  files: z.array(z.string()),
  /** Path of the written baseline. */
  baseline: z.string().optional(),
  exitCode: z.number(),
});

export const reportDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("report"),
  ...reportSchema.shape,
});

const comparedRow = z.strictObject({
  scenario: z.string(),
  /** "throughput", "p95 latency"; work: "cpu per operation" in microseconds, "WAL bytes per operation". */
  metric: z.string(),
  before: z.number(),
  /** What the older baseline predicts for the newer one's machine; absent on the same hardware. */
  predicted: z.number().optional(),
  now: z.number(),
  /**
   * Change as a fraction, signed so that more is better (for work: less of it), with its interval; a loss up to the
   * margin is no finding.
   */
  change: z.number(),
  low: z.number(),
  high: z.number(),
  margin: z.number(),
  outcome: z.enum(["faster", "slower", "same", "unclear"]),
});

export const comparedDocument = z.strictObject({
  left: z.string(),
  right: z.string(),
  differences: z.array(z.string()),
  rows: z.array(comparedRow),
  leftOut: z.array(z.string()),
});

/** Means of the runs before and after, and the p-value. */
const levelChange = z.strictObject({ before: z.number(), after: z.number(), p: z.number() });

/** One scenario under one set of conditions, oldest run first. */
const historySeriesRow = z.strictObject({
  scenario: z.string(),
  /** Hash of everything that breaks comparison: machine, images, durability, method, workload. */
  conditions: z.string(),
  points: z.array(
    z.strictObject({
      at: z.string(),
      command: z.string(),
      verdict: z.string(),
      /** Operations a second. */
      throughput: z.number(),
      p95Ms: z.number().optional(),
      /** Cpu of the servers per operation in microseconds; absent in older runs. */
      cpuUs: z.number().optional(),
      /** The machine during the run, compared with the baseline's; absent in older runs. */
      machine: z.strictObject({ state: z.enum(MACHINE_STATES), otherCores: z.number() }).optional(),
      /** The throughput has another level from this run on. */
      change: levelChange.optional(),
      /** The cpu per operation has another level from this run on, in microseconds. */
      cpuChange: levelChange.optional(),
    }),
  ),
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
          /** By the loss that the middle scenario can show; absent for references. */
          noise: z.enum(NOISE).optional(),
        }),
      ),
    }),
    z.strictObject({
      action: z.literal("show"),
      baseline: baselineSchema,
      /** Absent for references. */
      quality: baselineQualitySchema.optional(),
    }),
    comparedDocument.extend({ action: z.literal("compare") }),
    z.strictObject({
      action: z.literal("record"),
      name: z.string(),
      path: z.string(),
      runs: z.number(),
      scenarios: z.number(),
      noise: z.enum(NOISE).optional(),
      /** Marked runs, counted from 1. */
      disturbed: baselineQualitySchema.shape.disturbed,
      notes: z.array(z.string()),
    }),
    z.strictObject({
      action: z.literal("drop"),
      name: z.string(),
      path: z.string(),
      /** Runs that are left. */
      runs: z.number(),
      noise: z.enum(NOISE).optional(),
      /** By their numbers before, counted from 1. */
      dropped: baselineQualitySchema.shape.disturbed,
      notes: z.array(z.string()),
    }),
    z.strictObject({
      action: z.literal("history"),
      stack: z.string(),
      series: z.array(historySeriesRow),
      /** Unreadable lines of the history. */
      skipped: z.number(),
    }),
    z.strictObject({
      action: z.literal("lint"),
      baselines: z.array(
        z.strictObject({
          name: z.string(),
          kind: z.enum(["recorded", "reference"]),
          /** Impossible figures come first. */
          findings: z.array(findingSchema),
        }),
      ),
    }),
  ]),
});

export type ComparedDocument = Data<typeof comparedDocument>;
export type BenchDocument = Data<typeof benchDocument>;
export type BaselineDocument = Data<typeof baselineDocument>;
export type ReportDocument = Data<typeof reportDocument>;
