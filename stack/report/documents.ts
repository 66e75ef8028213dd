/** The JSON documents of the commands: what `--json` prints on stdout, exactly one a run. */
import { z } from "zod";
import { resultsSchema } from "../bench/results.ts";

const leftOut = z.strictObject({ service: z.string(), reason: z.string(), fix: z.string() });
const planned = z.strictObject({ action: z.string(), text: z.string(), cause: z.string() });
const phase = z.strictObject({ name: z.string(), durationMs: z.number() });

const limits = z.strictObject({ memoryBytes: z.number(), cpus: z.number() });
const endpoint = z.strictObject({ name: z.string(), host: z.string(), port: z.number() });

/** A command that failed. `done` lists the actions that were finished before. */
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
  done: z.array(planned),
});

export const upDocument = z.strictObject({
  ok: z.literal(true),
  command: z.string(),
  stack: z.string(),
  profile: z.string(),
  runtime: z.string(),
  engine: z.string(),
  machine: z.strictObject({ cpus: z.number(), memoryBytes: z.number(), notes: z.array(z.string()) }),
  /** False: a service of the profile runs nowhere; `leftOut` says which and why. */
  complete: z.boolean(),
  leftOut: z.array(leftOut),
  plan: z.array(planned),
  notes: z.array(z.string()),
  services: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      image: z.strictObject({ reference: z.string(), source: z.enum(["registry", "debian"]), notes: z.array(z.string()) }),
      limits,
      instances: z.array(z.strictObject({ name: z.string(), endpoints: z.array(endpoint) })),
    }),
  ),
  /** What was compared with the running servers, all of it equal. */
  proof: z.strictObject({ settings: z.number(), containers: z.number(), files: z.number() }),
  phases: z.array(phase),
  trace: z.array(
    z.strictObject({
      service: z.string(),
      runningMs: z.number(),
      firstAnswerMs: z.number(),
      preparedMs: z.number(),
      readyMs: z.number(),
      prepared: z.array(z.string()),
    }),
  ),
  /** Absent with --no-bench. */
  results: resultsSchema.optional(),
  files: z.array(z.string()),
  exitCode: z.number(),
});

export type UpDocument = z.infer<typeof upDocument>;
export type ErrorDocument = z.infer<typeof errorDocument>;
