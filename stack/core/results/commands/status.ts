/** The result of `status`. */
import { z } from "zod";
import type { Data } from "../data.ts";
import { endpointSchema, limitsSchema, standInSchema } from "./parts.ts";

const instanceSchema = z.strictObject({
  name: z.string(),
  /** State of the container as the engine reports it; "no container" if there is none, "machine stopped" in a stopped machine, "unknown" if it cannot be asked. */
  state: z.string(),
  /** Limits as the kernel applies them; an absent limit does not exist. */
  effective: limitsSchema.partial().optional(),
  endpoints: z.array(endpointSchema),
});

const serviceSchema = z.strictObject({
  name: z.string(),
  works: z.boolean(),
  /** Why it does not work, as its own client reports it. */
  reason: z.string().optional(),
  version: z.string().optional(),
  image: z
    .strictObject({
      reference: z.string(),
      source: z.enum(["registry", "debian"]),
      standIn: standInSchema,
      /** Of an image built here: the day on which the packages of its base were taken. */
      builtOn: z.string().optional(),
      /** Of an image built here: the date of the newest package index of its base. */
      indexDate: z.string().optional(),
      /** That the packages are too old, and the command that takes newer ones. */
      old: z.string().optional(),
    })
    .optional(),
  limits: limitsSchema,
  instances: z.array(instanceSchema),
});

export const statusSchema = z.strictObject({
  stack: z.string(),
  profile: z.string(),
  runtime: z.string().optional(),
  engine: z.string().optional(),
  /** "unknown": what may run it could not be asked. */
  state: z.enum(["up", "partly up", "down", "unknown"]),
  /** Why nothing of the stack can run, or why it is unknown. */
  reason: z.string().optional(),
  services: z.array(serviceSchema),
  /** Containers of the stack that are not in the profile. */
  others: z.array(z.strictObject({ instance: z.string(), state: z.string() })),
  /** What the profile's own settings put at risk, or make impossible for the next `up`; each with its place. */
  notes: z.array(z.string()),
});

export type InstanceStatus = Data<typeof instanceSchema>;
export type ServiceStatus = Data<typeof serviceSchema>;
export type StackStatus = Data<typeof statusSchema>;
