/** A short look at a machine that measures nothing: who uses its cpus. */

export interface CpuUser {
  /** "cc1", "container other-web", or an instance of the stack. */
  readonly name: string;
  readonly cores: number;
}

/** Means over the look, in cores. */
export interface MachineLook {
  readonly cpus: number;
  /** Cpu of everything but the stack's containers and this process. */
  readonly otherCores: number;
  /** Cpu that a hypervisor took. */
  readonly stealCores: number;
  /** The stack's own containers, the largest first. */
  readonly own: readonly CpuUser[];
  /** Processes and containers outside of the stack, the largest first; empty if they cannot be seen. */
  readonly others: readonly CpuUser[];
}
