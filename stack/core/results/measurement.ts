/** A measurement as data: the shapes that results, baselines and verdicts share, with their validation. */
import { z } from "zod";
import { calibrationSchema } from "./calibration.ts";
import { resourcesSchema } from "./resources.ts";
import { shareSchema, workSchema } from "./work.ts";

/** Raised whenever the loop measures something else than before: figures of different methods are not comparable. */
export const METHOD = "closed loop, 6+ blocks, version 1";
export const OPEN_METHOD = "open loop, latency from the intended start, 6+ blocks, version 1";

/** One block of one scenario: new connections, without the warm-up. */
export const blockSchema = z.strictObject({
  /** Operations per second. */
  throughput: z.number().positive(),
  operations: z.number().int().positive(),
  meanMs: z.number().positive(),
  p50Ms: z.number().positive(),
  /** The short end of the latencies: waits for a cpu change it little. Absent in older runs. */
  p5Ms: z.number().positive().optional(),
  /** Absent below 59 operations, which are too few to bound it. */
  p95Ms: z.number().positive().optional(),
  /** Little's law: |N − X·L̄| / N. Absent in an open loop, where the server determines the number in flight. */
  littleDeviation: z.number().nonnegative().optional(),
  /** Open loop: the requests scheduled within this block. */
  schedule: z
    .strictObject({
      due: z.number().int().positive(),
      /** Sent more than a millisecond after the scheduled time; their latencies count from the scheduled time. */
      late: z.number().int().nonnegative(),
      /** Never sent, because too many other requests were waiting. */
      dropped: z.number().int().nonnegative(),
    })
    .optional(),
  /** Cpu of this process during the block, in cores. */
  loaderCpu: z.number().nonnegative(),
  /** Share of the block in which this thread was ready to run but had no core; absent in older runs. */
  loaderStarved: z.number().nonnegative().optional(),
  /** Share of the block in which this process's event loop was busy. */
  loaderBusy: z.number().nonnegative(),
  /** Median delay of this process's event loop beyond its timer's resolution. */
  loopLagMs: z.number().nonnegative(),
  /** The threads that shared the clients, if more than one; the figures above are their sums and maxima. */
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
  /** Why the client, not the server, may have limited the throughput. */
  clientLimited: z.string().optional(),
  /** Absent in older runs, and if the containers could not be read. */
  work: workSchema.optional(),
  /** Absent as above. */
  machine: shareSchema.optional(),
});

export type Block = z.infer<typeof blockSchema>;

const parametersSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const scenarioFields = {
  /** "<service>/<operation>". */
  name: z.string().min(1),
  title: z.string(),
  effect: z.enum(["read", "durable write", "volatile write"]),
  clients: z.number().int().positive(),
  /** What one operation waits for: the scenario's `Cost`. Absent if unknown. */
  cost: z.strictObject({ roundTrips: z.number().nonnegative(), syncs: z.number().nonnegative() }).optional(),
  /** Open loop: requests per second. In a closed loop each client sends as soon as its last request is answered. */
  ratePerS: z.number().positive().optional(),
  /** Threads that share the clients; absent if there is one. */
  threads: z.number().int().min(2).optional(),
  parameters: parametersSchema,
  /** The services whose versions and durability this scenario depends on. */
  services: z.array(z.string()),
};

/** Result of the server's own load tool for the same operation, run inside the server's container. */
const loadToolSchema = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("measured"),
    /** "pgbench". */
    tool: z.string(),
    /** One entry per run; the runs alternate with the first blocks of the scenario. */
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
  /** Blocks of the steady part; warm-up blocks at the beginning are left out, and a note says so. */
  blocks: z.array(blockSchema),
  /** All latencies of these blocks in microseconds: HdrHistogram V2, compressed, base64. */
  histogram: z.string(),
  /** Reasons to read the figures with care: "client limited", "the first 2 blocks were warm-up". */
  notes: z.array(z.string()),
  /** Absent if the run requested none, or the operation has no such tool. */
  native: loadToolSchema.optional(),
});

const failedSchema = z.strictObject({
  ...scenarioFields,
  status: z.literal("failed"),
  reason: z.string(),
  /** Operations that failed before the scenario was aborted. */
  errors: z.number().int().nonnegative(),
});

/** A scenario that was not measured: no time was left, or the run ended before its first block. */
const skippedSchema = z.strictObject({ ...scenarioFields, status: z.literal("skipped"), reason: z.string() });

/** Measured, but never steady. The blocks are the evidence; no figure is computed from them or judged. */
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
  /** "vz", "qemu"; absent if the runtime drives no virtual machine. */
  vmType: z.string().optional(),
  /** "virtiofs", "9p", "sshfs": how files of the host reach that machine. */
  mountType: z.string().optional(),
  /** By service: "none", or "x86_64 on aarch64" if the image's architecture differs from the machine's. */
  emulation: z.record(z.string(), z.string()).optional(),
  engineVersion: z.string(),
  kernel: z.string(),
  /** Where the client ran: "host". */
  vantage: z.string(),
  method: z.string(),
  toolVersion: z.string(),
  /** Hash of every effective setting, by service. */
  settings: z.record(z.string(), z.string()),
  /** "<source> <version>" by service. */
  images: z.record(z.string(), z.string()),
  /** Durability and other properties as the server reported them, by service. */
  durability: z.record(z.string(), z.record(z.string(), z.string())),
});

export type Fingerprint = z.infer<typeof fingerprintSchema>;

export const runSchema = z.strictObject({
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  elapsedS: z.number().nonnegative(),
  profile: z.string(),
  budgetS: z.number().positive(),
  /** Largest loss that still counts as `meets`, as a fraction. */
  margin: z.number().gt(0).lt(1),
  plan: z.strictObject({
    warmupMs: z.number().positive(),
    windowMs: z.number().positive(),
    /** Numbers of blocks after which the data may be tested, fixed before the run. */
    looks: z.array(z.number().int().positive()),
    /** Milliseconds of load before anything counted, by service. Absent in older runs. */
    warmedMs: z.record(z.string(), z.number().nonnegative()).optional(),
  }),
  /** False while partial, and if the budget was too small; then `warnings` says why. */
  complete: z.boolean(),
  warnings: z.array(z.string()),
  fingerprint: fingerprintSchema,
  /** Effective values by service, as read back. The fingerprint holds a hash of them. */
  settings: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).optional(),
  calibration: calibrationSchema.optional(),
  /** Peak resident memory of this process. */
  loaderPeakRssMib: z.number().positive().optional(),
  /** Absent if nothing could be sampled. */
  resources: resourcesSchema.optional(),
  /** Containers with an out-of-memory kill of one of their processes; absent if there are none. */
  killed: z
    .array(z.strictObject({ instance: z.string(), service: z.string(), memoryLimitMib: z.number().positive() }))
    .optional(),
  /** Seconds in which this process or its computer was stopped; absent if it was not, and in older runs. */
  stoppedS: z.number().positive().optional(),
  scenarios: z.array(scenarioSchema),
});

/** The complete result of one run of the smoke benchmarks. */
export type SmokeRun = z.infer<typeof runSchema>;
