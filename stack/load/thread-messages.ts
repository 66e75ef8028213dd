/** The messages between the threads of the load generator. */
import { z } from "zod";

const orderSchema = z.discriminatedUnion("kind", [
  /** Open connections for these clients of a scenario. */
  z.strictObject({ kind: z.literal("open"), scenario: z.string(), clients: z.number(), first: z.number() }),
  /** Run the closed loop on them. `at`: when all threads begin, in milliseconds since the epoch. */
  z.strictObject({
    kind: z.literal("run"),
    at: z.number(),
    warmupMs: z.number(),
    windowMs: z.number(),
    operationDeadlineMs: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal("close") }),
]);

export type Order = z.infer<typeof orderSchema>;

/** The number tells a late answer from the answer to the next order. */
export const numberedOrderSchema = z.strictObject({ id: z.number(), order: orderSchema });

const useSchema = z.strictObject({ cpu: z.number(), starved: z.number(), busy: z.number(), lagMs: z.number() });

const answerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("done") }),
  z.strictObject({ kind: z.literal("failed"), reason: z.string(), errors: z.number() }),
  z.strictObject({
    kind: z.literal("measured"),
    /** HdrHistogram V2, compressed, base64. */
    histogram: z.string(),
    throughput: z.number(),
    latencyMs: z.number(),
    allOperations: z.number(),
    use: useSchema,
  }),
]);

export type Answer = z.infer<typeof answerSchema>;

/** The answer to the order with this number; "done" when the thread has started. */
export const numberedAnswerSchema = z.strictObject({ id: z.number(), answer: answerSchema });
export const STARTED = 0;
