/**
 * What operations cost, and what the machine gave meanwhile. Read at both ends of a block while its connections are open
 * and no operation is in flight, so the differences belong to the block's operations and to nothing else.
 */
import { z } from "zod";

/**
 * Cost of one operation: means over all operations of a block, warm-up included. Who else uses the machine changes these
 * little, and a changed setting, image, plan or log level changes them first.
 */
export const workSchema = z.strictObject({
  /** Cpu time of the containers of the scenario's services, in microseconds. */
  serverCpuUs: z.number().nonnegative(),
  /**
   * Cpu time of this process, in microseconds. The client does the same in every run, so it shows what the machine makes
   * of the same instructions.
   */
  clientCpuUs: z.number().nonnegative(),
  /** How often a thread of the containers was put on a cpu; absent if the kernel does not count it. */
  contextSwitches: z.number().nonnegative().optional(),
  /** Bytes that the containers wrote to and read from block devices; absent if the kernel does not count them. */
  bytesWritten: z.number().nonnegative().optional(),
  bytesRead: z.number().nonnegative().optional(),
  /** Network packets that the containers received and sent. */
  packets: z.number().nonnegative().optional(),
  /** Counted by the servers themselves, by name: "WAL bytes", "rows read", "bytes sent". */
  counted: z.record(z.string(), z.number().nonnegative()).optional(),
});

export type Work = z.infer<typeof workSchema>;

/** What the machine gave to a block. Cores are means over the block. */
export const shareSchema = z.strictObject({
  /**
   * Cpu of all others than this process, the containers of the scenario's services and, where `engineCores` is known, the
   * container engine, in cores.
   */
  otherCores: z.number().nonnegative(),
  /** Cpu of the container engine's own processes, which carry packets and logs, in cores; absent if it cannot be seen. */
  engineCores: z.number().nonnegative().optional(),
  /** Cpu that a hypervisor took, in cores. */
  stealCores: z.number().nonnegative(),
  /** Share of the block in which the cpu limit held the containers back: the largest of them. */
  heldBack: z.number().min(0).max(1),
  /** Threads of the containers that were ready to run and had no cpu, on average; absent if the kernel does not tell. */
  serverWaiting: z.number().nonnegative().optional(),
});

/** What a block got from the machine. */
export type MachineShare = z.infer<typeof shareSchema>;

/** Cpu of one container while no scenario of its service ran: an idle server uses next to nothing. */
export const idleSchema = z.strictObject({
  cpuCores: z.number().nonnegative(),
  /** Cpu that its threads used or waited for, in cores: more than its limit if it wanted more than it may have. */
  wantedCores: z.number().nonnegative().optional(),
});

export type IdleUse = z.infer<typeof idleSchema>;
