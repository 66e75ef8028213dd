/** What a process that makes one run is told. */
import { z } from "zod";

export const orderSchema = z.object({
  stack: z.object({ stack: z.string(), profile: z.string(), runtime: z.string().exactOptional() }),
  /** Number of the run: it decides who begins. */
  turn: z.number(),
  clients: z.array(z.union([z.literal("default"), z.number()])),
  /** Some scenarios of the smoke set; all if absent. */
  scenario: z.array(z.string()).exactOptional(),
  connections: z.number(),
  blocks: z.number(),
  windows: z.number(),
  windowMs: z.number(),
  toolS: z.number(),
});

export type RunOrder = z.infer<typeof orderSchema>;
