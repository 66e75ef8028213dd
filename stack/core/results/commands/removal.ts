/** The results of `down` and `destroy`. */
import { z } from "zod";
import type { Data } from "../data.ts";

export const downSchema = z.strictObject({
  stack: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  /** Kept volumes. */
  volumes: z.array(z.string()),
  /** Those of them whose server was stopped before it had answered for the first time: they hold no data yet. */
  unfinished: z.array(z.string()),
  machineStopped: z.boolean(),
  notes: z.array(z.string()),
});

export const destroySchema = z.strictObject({
  stack: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  volumes: z.array(z.strictObject({ name: z.string(), sizeBytes: z.number().optional() })),
  images: z.array(z.string()),
  /** Entries of the stack's folder. */
  files: z.array(z.string()),
  machineDeleted: z.boolean(),
  /** What was left in place, and why. */
  notes: z.array(z.string()),
});

export type Downed = Data<typeof downSchema>;
export type Destroyed = Data<typeof destroySchema>;
