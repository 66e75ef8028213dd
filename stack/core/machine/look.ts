/** A short look at a machine that measures nothing: who uses its cpus. */

export interface CpuUser {
  /** "node (pid 4711)", or an instance of the stack. */
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
  /** Processes outside of the stack, the largest first; empty if the machine is not this computer. */
  readonly others: readonly CpuUser[];
}
