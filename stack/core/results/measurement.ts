/** What a measurement says, as data: the shapes shared by results, baselines and verdicts, and their validation. */
import { z } from "zod";
import { calibrationSchema } from "./calibration.ts";
import { resourcesSchema } from "./resources.ts";

/** Raised whenever the loop measures something else than before: figures across methods are not comparable. */
export const METHOD = "closed loop, 6+ blocks, version 1";
export const OPEN_METHOD = "open loop, latency from the intended start, 6+ blocks, version 1";

/** One block of one scenario: new connections, warm-up dropped. */
export const blockSchema = z.strictObject({
  /** Operations a second. */
  throughput: z.number().positive(),
  operations: z.number().int().positive(),
  meanMs: z.number().positive(),
  p50Ms: z.number().positive(),
  /** Absent below 59 operations, which cannot bound it. */
  p95Ms: z.number().positive().optional(),
  /** Little's law: |N − X·L̄| / N. Absent in an open loop, whose number in flight follows from the server. */
  littleDeviation: z.number().nonnegative().optional(),
  /** Open loop: the requests whose time lay in this block. */
  schedule: z
    .strictObject({
      due: z.number().int().positive(),
      /** Sent over a millisecond after their time; their latencies count from that time. */
      late: z.number().int().nonnegative(),
      /** Never sent, because too many others waited. */
      dropped: z.number().int().nonnegative(),
    })
    .optional(),
  /** Cpu of this process during the block, in cores. */
  loaderCpu: z.number().nonnegative(),
  /** Share of the block in which this thread was ready to run and had no core; absent in older runs. */
  loaderStarved: z.number().nonnegative().optional(),
  /** Share of the block in which this process's event loop did not wait. */
  loaderBusy: z.number().nonnegative(),
  /** Median delay of this process's event loop beyond its timer's resolution. */
  loopLagMs: z.number().nonnegative(),
  /** The threads that shared the clients, where there was more than one; the figures above are their sum and maxima. */
  threads: z
    .array(
      z.strictObject({
        cpu: z.number().nonnegative(),
        starved: z.number().nonnegative(),
        busy: z.number().nonnegative(),
        lagMs: z.number().nonnegative(),
      }),
    )
    .optional(),
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
  /** What one operation waits for: `Cost` of the scenario. Absent if it is not known. */
  cost: z.strictObject({ roundTrips: z.number().nonnegative(), syncs: z.number().nonnegative() }).optional(),
  /** Open loop: requests a second. In a closed loop each client sends when its last request is answered. */
  ratePerS: z.number().positive().optional(),
  /** Threads that share the clients; absent if it is one. */
  threads: z.number().int().min(2).optional(),
  parameters: parametersSchema,
  /** The services whose versions and durability this scenario depends on. */
  services: z.array(z.string()),
};

/** What the server's own load tool measured of the same operation, beside the server in its container. */
const loadToolSchema = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("measured"),
    /** "pgbench". */
    tool: z.string(),
    /** One a run; they alternate with the first blocks of the scenario. */
    runs: z.array(
      z.strictObject({
        throughput: z.number().positive(),
        operations: z.number().int().positive(),
        meanMs: z.number().positive(),
        p95Ms: z.number().positive().optional(),
      }),
    ),
  }),
  z.strictObject({ status: z.literal("absent"), tool: z.string(), reason: z.string() }),
]);

export type LoadToolOutcome = z.infer<typeof loadToolSchema>;

export const measuredSchema = z.strictObject({
  ...scenarioFields,
  status: z.literal("measured"),
  /** Those of the steady part: warm-up at the beginning is left out, and a note says so. */
  blocks: z.array(blockSchema),
  /** All latencies of these blocks in microseconds: HdrHistogram V2, compressed, base64. */
  histogram: z.string(),
  /** "client limited", "the first 2 blocks were warm-up": reasons to read the figures with care. */
  notes: z.array(z.string()),
  /** Absent if the run asked for none, or there is no such tool for the operation. */
  native: loadToolSchema.optional(),
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

/** Measured, but never settled: the blocks are the evidence of that, and no figure is made of them or judged. */
const unsteadySchema = z.strictObject({
  ...scenarioFields,
  status: z.literal("unsteady"),
  reason: z.string(),
  blocks: z.array(blockSchema),
});

export const scenarioSchema = z.discriminatedUnion("status", [
  measuredSchema,
  failedSchema,
  skippedSchema,
  unsteadySchema,
]);

export type MeasuredScenario = z.infer<typeof measuredSchema>;
export type ScenarioResult = z.infer<typeof scenarioSchema>;

export const fingerprintSchema = z.strictObject({
  cpuModel: z.string(),
  cpus: z.number().positive(),
  memoryMib: z.number().positive(),
  architecture: z.string(),
  /** "colima", "engine". */
  runtime: z.string(),
  storageDriver: z.string(),
  /** "vz", "qemu"; absent if the engine is in no virtual machine that the runtime drives. */
  vmType: z.string().optional(),
  /** "virtiofs", "9p", "sshfs": how files of the host reach that machine. */
  mountType: z.string().optional(),
  /** By service: "none", or "x86_64 on aarch64" where its image is of another architecture than the machine. */
  emulation: z.record(z.string(), z.string()).optional(),
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
  /** Effective values by service, as they were read back: what the fingerprint has a hash of. */
  settings: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).optional(),
  calibration: calibrationSchema.optional(),
  /** The most memory that this process ever had resident. */
  loaderPeakRssMib: z.number().positive().optional(),
  /** Absent if nothing could be sampled. */
  resources: resourcesSchema.optional(),
  /** Containers that the kernel ended, or a process of them, since their memory limit was reached; absent without any. */
  killed: z
    .array(z.strictObject({ instance: z.string(), service: z.string(), memoryLimitMib: z.number().positive() }))
    .optional(),
  scenarios: z.array(scenarioSchema),
});

/** Everything that one run of the smoke set found. */
export type SmokeRun = z.infer<typeof runSchema>;
