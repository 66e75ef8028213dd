/** What containers and the machine used while a run measured: samples over time, from cgroups and the kernel. */
import { z } from "zod";

/** Share of time since the sample before in which some task waited, 0 to 1; absent if the kernel does not say. */
const stalledFields = {
  stalledCpu: z.number().min(0).max(1).optional(),
  stalledIo: z.number().min(0).max(1).optional(),
  stalledMemory: z.number().min(0).max(1).optional(),
};

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
  /** Pages read back from disk since the sample before, after the limit had them evicted. */
  pagesReread: z.number().int().nonnegative(),
  /** Processes that the kernel ended since the sample before, for lack of memory. */
  oomKills: z.number().int().nonnegative(),
  ...stalledFields,
});

const machineSampleSchema = z.strictObject({
  atMs: z.number().nonnegative(),
  /** What all processes used, in cores. */
  cpuCores: z.number().nonnegative(),
  /** What a hypervisor took, in cores. */
  stealCores: z.number().nonnegative(),
  ...stalledFields,
});

/**
 * One sample is taken before every block and one after the last, so that the time between two neighbours is that of one
 * block, and nothing is read while one measures.
 */
export const resourcesSchema = z.strictObject({
  /** Median distance of two samples. */
  intervalMs: z.number().positive(),
  containers: z.array(
    z.strictObject({
      instance: z.string(),
      service: z.string(),
      /** Limits as the kernel had them; all of the machine where there is none. */
      cpuLimit: z.number().positive(),
      memoryLimitMib: z.number().positive(),
      samples: z.array(sampleSchema),
    }),
  ),
  /** Cpu of the machine as a whole: containers, other processes, the kernel's own work. */
  machine: z.array(machineSampleSchema),
  /** The client is one of the machine's own processes, and not outside of a virtual machine. */
  clientInside: z.boolean(),
  /** When each block measured, so that samples can be told apart by scenario. */
  blocks: z.array(
    z.strictObject({ scenario: z.string(), fromMs: z.number().nonnegative(), untilMs: z.number().nonnegative() }),
  ),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});

export type Resources = z.infer<typeof resourcesSchema>;
export type ContainerSample = z.infer<typeof sampleSchema>;
export type MachineSample = z.infer<typeof machineSampleSchema>;
