/** The file that a start leaves: when each service was created, ran, answered, was prepared and worked. */
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
      /** When its last container was first seen, up to 250 ms late; absent if all of them were there before. */
      createdMs: z.number().nonnegative().optional(),
      /** Its first container was seen to run. */
      runningMs: z.number().nonnegative(),
      /** Its last server answered a real client for the first time. */
      firstAnswerMs: z.number().nonnegative(),
      /** Its one-time steps were done. */
      preparedMs: z.number().nonnegative(),
      /** It worked as a whole. */
      readyMs: z.number().nonnegative(),
      /** The one-time steps that were done now. */
      prepared: z.array(z.string()),
    }),
  ),
});

export type StartUpTrace = z.infer<typeof traceSchema>;

/** How long one part of a command took. */
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
  /** When its last container was first seen; absent if all of them were there before. */
  readonly createdMs?: number;
  readonly runningMs: number;
  readonly firstAnswerMs: number;
  readonly preparedMs: number;
  readonly readyMs: number;
  /** One-time steps that were done now. */
  readonly prepared: readonly string[];
}
