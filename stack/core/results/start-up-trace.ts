/** The trace file of a start: when each service was created, ran, answered, was prepared and worked. */
import { z } from "zod";

export const traceSchema = z.strictObject({
  kind: z.literal("start-up trace"),
  version: z.literal(1),
  stack: z.string(),
  profile: z.string(),
  /** "up", "switch". */
  command: z.string(),
  /** ISO 8601, UTC. All times below are milliseconds since then. */
  startedAt: z.string(),
  phases: z.array(
    z.strictObject({ name: z.string(), startedMs: z.number().nonnegative(), durationMs: z.number().nonnegative() }),
  ),
  services: z.array(
    z.strictObject({
      service: z.string(),
      /** When its last container was first seen, up to 250 ms late; absent if all of them existed before. */
      createdMs: z.number().nonnegative().optional(),
      /** When its first container was seen running. */
      runningMs: z.number().nonnegative(),
      /** When its last server first answered a real client. */
      firstAnswerMs: z.number().nonnegative(),
      /** When its one-time steps were done. */
      preparedMs: z.number().nonnegative(),
      /** When it worked as a whole. */
      readyMs: z.number().nonnegative(),
      /** The one-time steps carried out by this start. */
      prepared: z.array(z.string()),
    }),
  ),
});

export type StartUpTrace = z.infer<typeof traceSchema>;

/** Duration of one part of a command. */
export interface Phase {
  readonly name: string;
  /** Milliseconds since the command began. */
  readonly startedMs: number;
  readonly durationMs: number;
}

/** Times are milliseconds since the start of the wait. */
export interface ServiceTrace {
  readonly service: string;
  /** The start of the wait, on the clock of performance.now(). */
  readonly waitStartedAt: number;
  /** When its last container was first seen; absent if all of them existed before. */
  readonly createdMs?: number;
  readonly runningMs: number;
  readonly firstAnswerMs: number;
  readonly preparedMs: number;
  readonly readyMs: number;
  /** The one-time steps carried out by this start. */
  readonly prepared: readonly string[];
}
