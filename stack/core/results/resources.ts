/** Resource usage of containers and the machine during a run: samples over time, from cgroups and the kernel. */
import { z } from "zod";
import { idleSchema } from "./work.ts";

/**
 * Share of time since the previous sample in which some task waited, 0 to 1; absent if the kernel does not report it.
 */
const stalledFields = {
  stalledCpu: z.number().min(0).max(1).optional(),
  stalledIo: z.number().min(0).max(1).optional(),
  stalledMemory: z.number().min(0).max(1).optional(),
};

const sampleSchema = z.strictObject({
  /** Milliseconds since the start of the run. */
  atMs: z.number().nonnegative(),
  /** Cpu used since the previous sample, in cores. */
  cpuCores: z.number().nonnegative(),
  /** Share of scheduler periods since the previous sample that the cpu limit throttled; 0 to 1. */
  throttled: z.number().min(0).max(1),
  /** Memory that counts towards the limit, without page cache that can be dropped at once. */
  memoryMib: z.number().nonnegative(),
  /** How often the memory limit was hit since the previous sample. */
  memoryLimitHits: z.number().int().nonnegative(),
  /** Pages read back from disk since the previous sample, after the memory limit had evicted them. */
  pagesReread: z.number().int().nonnegative(),
  /** Processes that the kernel killed since the previous sample for lack of memory. */
  oomKills: z.number().int().nonnegative(),
  ...stalledFields,
});

const machineSampleSchema = z.strictObject({
  atMs: z.number().nonnegative(),
  /** Cpu use of all processes, in cores. */
  cpuCores: z.number().nonnegative(),
  /** Cpu time that a hypervisor took, in cores. */
  stealCores: z.number().nonnegative(),
  ...stalledFields,
});

/**
 * The containers of a scenario's services are sampled at both ends of its blocks, the others when their service's blocks
 * begin and end, and all of them between the rounds. So a sample covers one block of the container's service or none, and
 * nothing is read during a block. Older runs sampled all containers before every block.
 */
export const resourcesSchema = z.strictObject({
  /** Median interval between samples. */
  intervalMs: z.number().positive(),
  containers: z.array(
    z.strictObject({
      instance: z.string(),
      service: z.string(),
      /** The container's limits as the kernel applied them; the whole machine if it has none. */
      cpuLimit: z.number().positive(),
      memoryLimitMib: z.number().positive(),
      samples: z.array(sampleSchema),
      /** Absent in older runs, and if a scenario of its service always ran. */
      idle: idleSchema.optional(),
    }),
  ),
  /** Cpu of the whole machine: containers, other processes, the kernel's own work. */
  machine: z.array(machineSampleSchema),
  /**
   * True if the client is a process of the machine itself; false if the machine is a virtual one and the client is
   * outside.
   */
  clientInside: z.boolean(),
  /** Times of each block, so that samples can be assigned to scenarios. */
  blocks: z.array(
    z.strictObject({ scenario: z.string(), fromMs: z.number().nonnegative(), untilMs: z.number().nonnegative() }),
  ),
  /**
   * Who used cpu beside the stack and this process, in cores over the run, the largest first: containers that are not
   * the stack's, and processes of this computer. Absent if neither can be seen.
   */
  neighbours: z.array(z.strictObject({ name: z.string(), cores: z.number().nonnegative() })).optional(),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});

export type Resources = z.infer<typeof resourcesSchema>;
export type ContainerSample = z.infer<typeof sampleSchema>;
export type MachineSample = z.infer<typeof machineSampleSchema>;
