/** The JSON documents of the commands: what `--json` prints on stdout, exactly one a run. */
import { z } from "zod";
import { resultsSchema } from "../../core/results/performance-results.ts";
import { baselineDocument, benchDocument, comparedDocument, reportDocument } from "./measurement.ts";

const leftOut = z.strictObject({ service: z.string(), reason: z.string(), fix: z.string() });
const planned = z.strictObject({ action: z.string(), text: z.string(), cause: z.string() });
const phase = z.strictObject({ name: z.string(), durationMs: z.number() });

const limits = z.strictObject({ memoryBytes: z.number(), cpus: z.number() });
/** The program that runs in place of the one that the service is named after; absent where it is that one. */
const standIn = z.string().optional();
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
      image: z.strictObject({
        reference: z.string(),
        source: z.enum(["registry", "debian"]),
        standIn,
        notes: z.array(z.string()),
      }),
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
      /** Absent where its containers were there before. */
      createdMs: z.number().optional(),
      runningMs: z.number(),
      firstAnswerMs: z.number(),
      preparedMs: z.number(),
      readyMs: z.number(),
      prepared: z.array(z.string()),
    }),
  ),
  /** Restarts that clients could notice: how long each took, and whose clients waited instead of losing connections. */
  interruptions: z.array(z.strictObject({ instance: z.string(), durationMs: z.number(), held: z.array(z.string()) })),
  /** Against the last run with another profile or on a machine of another size, where there is one. */
  comparison: comparedDocument.optional(),
  /** Absent with --no-bench. */
  results: resultsSchema.optional(),
  files: z.array(z.string()),
  exitCode: z.number(),
});

/** `verify --watch`: printed once it is ended; the drift as it appears is on stderr. */
export const watchDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("verify"),
  stack: z.string(),
  looks: z.number(),
  /** What began to differ and what no longer does, at each look that saw a change; the newest thousand. */
  drifts: z.array(z.strictObject({ at: z.string(), appeared: z.array(z.string()), gone: z.array(z.string()) })),
  /** What differs at the end. */
  differences: z.array(z.string()),
  exitCode: z.number(),
});

const machineSize = z.strictObject({
  cpus: z.number(),
  memoryBytes: z.number(),
  /** "the machine": read inside of it. "the profile": as it is asked for, because no machine can be asked. */
  from: z.enum(["the machine", "the profile"]),
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
  machine: machineSize,
  /** In an order in which they can be done, with the waits between changes; empty where nothing would be done. */
  actions: z.array(planned),
  notes: z.array(z.string()),
  services: z.array(z.strictObject({ name: z.string(), standIn, limits, instances: z.array(z.string()) })),
  exitCode: z.number(),
});

/** A limit that is absent does not exist in the kernel. */
const effectiveLimits = z.strictObject({ memoryBytes: z.number().optional(), cpus: z.number().optional() });

export const statusDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("status"),
  stack: z.string(),
  profile: z.string(),
  runtime: z.string().optional(),
  engine: z.string().optional(),
  state: z.enum(["up", "partly up", "down"]),
  /** Why nothing of the stack can run. */
  reason: z.string().optional(),
  services: z.array(
    z.strictObject({
      name: z.string(),
      works: z.boolean(),
      /** Why it does not work, as its own client says. */
      reason: z.string().optional(),
      version: z.string().optional(),
      image: z.strictObject({ reference: z.string(), source: z.enum(["registry", "debian"]), standIn }).optional(),
      limits,
      instances: z.array(
        z.strictObject({
          name: z.string(),
          state: z.string(),
          effective: effectiveLimits.optional(),
          endpoints: z.array(endpoint),
        }),
      ),
    }),
  ),
  /** Containers of the stack that the profile does not have. */
  others: z.array(z.strictObject({ instance: z.string(), state: z.string() })),
});

export const envDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("env"),
  stack: z.string(),
  profile: z.string(),
  variables: z.record(z.string(), z.string()),
});

export const explainDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("explain"),
  stack: z.string(),
  profile: z.string(),
  machine: machineSize,
  explanations: z.array(
    z.strictObject({
      service: z.string(),
      setting: z.string(),
      value: z.string(),
      takes: z.enum(["live", "restart", "recreate"]),
      formula: z.string(),
      inputs: z.record(z.string(), z.string()),
      source: z.string(),
      variable: z.string().optional(),
    }),
  ),
});

export const logsDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("logs"),
  stack: z.string(),
  instances: z.array(z.strictObject({ instance: z.string(), state: z.string(), lines: z.array(z.string()) })),
});

const volume = z.strictObject({ name: z.string(), sizeBytes: z.number().optional() });

export const downDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("down"),
  stack: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  /** Kept: the data. */
  volumes: z.array(z.string()),
  machineStopped: z.boolean(),
  notes: z.array(z.string()),
});

export const destroyDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("destroy"),
  stack: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  volumes: z.array(volume),
  images: z.array(z.string()),
  files: z.array(z.string()),
  machineDeleted: z.boolean(),
  /** What was left, and why. */
  notes: z.array(z.string()),
});

export const doctorDocument = z.strictObject({
  ok: z.literal(true),
  command: z.literal("doctor"),
  stack: z.string(),
  profile: z.string().optional(),
  status: z.enum(["ok", "warning", "problem"]),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      status: z.enum(["ok", "warning", "problem"]),
      found: z.string(),
      remedy: z.string().optional(),
      /** With --fix: what was done. */
      fixed: z.string().optional(),
    }),
  ),
  exitCode: z.number(),
});

/** What each command prints with --json when it succeeds; `error` stands for what each prints when it fails. */
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
  error: errorDocument,
};

export type UpDocument = z.infer<typeof upDocument>;
export type WatchDocument = z.infer<typeof watchDocument>;
export type ErrorDocument = z.infer<typeof errorDocument>;
export type PlanDocument = z.infer<typeof planDocument>;
export type StatusDocument = z.infer<typeof statusDocument>;
export type EnvDocument = z.infer<typeof envDocument>;
export type ExplainDocument = z.infer<typeof explainDocument>;
export type DownDocument = z.infer<typeof downDocument>;
export type DestroyDocument = z.infer<typeof destroyDocument>;
export type DoctorDocument = z.infer<typeof doctorDocument>;
