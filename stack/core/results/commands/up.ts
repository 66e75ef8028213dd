/** The results of `up`, `switch` and `verify`: a proved running stack. */
import { z } from "zod";
import type { Action } from "../../plan/action.ts";
import type { Data } from "../data.ts";
import type { Phase } from "../start-up-trace.ts";
import { endpointSchema, limitsSchema, standInSchema, type LeftOut, type Limits } from "./parts.ts";

export const serviceSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  image: z.strictObject({
    reference: z.string(),
    source: z.enum(["registry", "debian"]),
    standIn: standInSchema,
    notes: z.array(z.string()),
  }),
  limits: limitsSchema,
  instances: z.array(z.strictObject({ name: z.string(), endpoints: z.array(endpointSchema) })),
});

/** Numbers of settings and containers that were compared with the running servers and found equal. */
export const proofSchema = z.strictObject({ settings: z.number(), containers: z.number(), files: z.number() });

export const machineSchema = z.strictObject({ cpus: z.number(), memoryBytes: z.number(), notes: z.array(z.string()) });

/** Times are milliseconds since the wait began. */
export const serviceStartSchema = z.strictObject({
  service: z.string(),
  /** Absent if its containers existed before. */
  createdMs: z.number().optional(),
  runningMs: z.number(),
  firstAnswerMs: z.number(),
  preparedMs: z.number(),
  readyMs: z.number(),
  /** One-time steps that were done now. */
  prepared: z.array(z.string()),
});

/** What a restart cost the users of the service. */
export const interruptionSchema = z.strictObject({
  instance: z.string(),
  /** From the moment when clients had to wait, or their connections broke, until the service worked. */
  durationMs: z.number(),
  /** Services whose clients waited, and saw no error. */
  held: z.array(z.string()),
});

export type ServiceUp = Data<typeof serviceSchema>;
export type ServiceStart = Data<typeof serviceStartSchema>;
export type Interruption = Data<typeof interruptionSchema>;

/** A stack that equals its profile. */
export interface Proved {
  readonly stack: string;
  readonly profile: string;
  readonly runtime: string;
  readonly engine: string;
  readonly machine: Data<typeof machineSchema>;
  /** The budgeted machine: never more than the profile asks for. */
  readonly sizedFor: Limits;
  /** Services of the profile that do not run, and why. */
  readonly leftOut: readonly LeftOut[];
  readonly services: readonly ServiceUp[];
  readonly proof: Data<typeof proofSchema>;
  /**
   * `kernel`: read from every cgroup. `engine`: as the engine reports them, which is faster; used if nothing was
   * changed.
   */
  readonly limitsFrom: "kernel" | "engine";
  /** What a reader must know though no action follows: values that a server rounds. */
  readonly notes: readonly string[];
  readonly phases: readonly Phase[];
}

/** `verify`: nothing was changed. */
export type Verified = Proved;

/** `up`. */
export interface BroughtUp extends Proved {
  /** The changes to the machine and to the stack, in this order. */
  readonly actions: readonly Action[];
  readonly starts: readonly ServiceStart[];
  readonly interruptions: readonly Interruption[];
  /** The file with the trace of this start; absent if nothing was started. */
  readonly traceFile?: string | undefined;
}

export interface Switched extends BroughtUp {
  /** The previous profile of the stack; absent if it was never brought up. */
  readonly from?: string | undefined;
}
