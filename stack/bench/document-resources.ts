/** What containers and the machine used while a run measured: samples over time, from cgroups and the kernel. */
import { z } from "zod";

const sampleSchema = z.strictObject({
  /** Milliseconds since the start of the run. */
  atMs: z.number().nonnegative(),
  /** Cpu used since the sample before, in cores. */
  cpuCores: z.number().nonnegative(),
  /** Share of scheduler periods since the sample before in which the cpu limit held the container back; 0 to 1. */
  throttled: z.number().min(0).max(1),
  /** Memory that counts towards the limit, without page cache that can be dropped at once. */
  memoryMib: z.number().nonnegative(),
  /** Times that the memory limit was hit since the sample before. */
  memoryLimitHits: z.number().int().nonnegative(),
  /** Pressure stall information, share of time in which some task waited, 0 to 1; absent where the kernel has none. */
  stalledCpu: z.number().min(0).max(1).optional(),
  stalledIo: z.number().min(0).max(1).optional(),
  stalledMemory: z.number().min(0).max(1).optional(),
});

export const resourcesSchema = z.strictObject({
  intervalMs: z.number().positive(),
  containers: z.array(
    z.strictObject({
      instance: z.string(),
      service: z.string(),
      cpuLimit: z.number().positive(),
      memoryLimitMib: z.number().positive(),
      samples: z.array(sampleSchema),
    }),
  ),
  /** Cpu of the machine as a whole, in cores: what all processes used, and what a hypervisor took (steal). */
  machine: z.array(
    z.strictObject({
      atMs: z.number().nonnegative(),
      cpuCores: z.number().nonnegative(),
      stealCores: z.number().nonnegative(),
    }),
  ),
  /** When each block measured, so that samples can be told apart by scenario. */
  blocks: z.array(
    z.strictObject({ scenario: z.string(), fromMs: z.number().nonnegative(), untilMs: z.number().nonnegative() }),
  ),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});
