/** A way to make a server hopeless. */
import type { ExperimentStack } from "../kills/own-stack.ts";

export const COMMANDS = ["up", "verify", "switch"] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface WaitCase {
  readonly service: "postgres" | "pgbouncer" | "mysql" | "redis" | "rabbitmq";
  readonly name: string;
  /** `up` alone if absent. */
  readonly commands?: readonly CommandName[];
  /** The stack is up when it begins. */
  readonly arrange: (stack: ExperimentStack) => Promise<void>;
  /** The profile that the commands are given; that of the running stack if absent. */
  readonly profile?: string;
  /**
   * What makes the server known to be hopeless: the end of its container, or that it runs: since the command's start, or
   * since the container's own start if the command starts it. A pattern: that its log says so since then.
   */
  readonly since: "exit" | "runs" | RegExp;
}
