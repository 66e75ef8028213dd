/** Parts that the results of several commands share. */
import { z } from "zod";
import type { Share } from "../../service/service.ts";
import type { Data } from "../data.ts";

export const limitsSchema = z.strictObject({ memoryBytes: z.number(), cpus: z.number() });
/** The program that runs in place of the service's namesake; absent if it is the namesake. */
export const standInSchema = z.string().optional();
export const endpointSchema = z.strictObject({ name: z.string(), host: z.string(), port: z.number() });

/** A service of the profile that does not run. */
export const leftOutSchema = z.strictObject({ service: z.string(), reason: z.string(), fix: z.string() });

/** One action of a plan as documents show it. */
export const plannedSchema = z.strictObject({ action: z.string(), text: z.string(), cause: z.string() });

export const machineSizeSchema = z.strictObject({
  cpus: z.number(),
  memoryBytes: z.number(),
  /** "the machine": read inside it. "the profile": as wanted, because no machine can be asked. */
  from: z.enum(["the machine", "the profile"]),
});

export type Limits = Data<typeof limitsSchema>;
export type LeftOut = Data<typeof leftOutSchema>;
export type MachineSize = Data<typeof machineSizeSchema>;

export function limitsOf({ memory, cpus }: Share): Limits {
  return { memoryBytes: memory, cpus };
}
