/** How a runtime deploys: everything that is done to the containers of a stack, and the files that it is done with. */
import type { Desired } from "../desire/desire.ts";
import type { Diagnosis } from "../results/diagnosis.ts";
import type { Share } from "../service/service.ts";

/** The stack that is meant: its name, and the folder with its generated files. */
export interface DeployedStack {
  readonly stack: string;
  /** Absolute. */
  readonly folder: string;
}

/** A container as the engine knows it, and by its name within the stack. */
export interface DeployedContainer {
  readonly id: string;
  readonly instance: string;
}

/**
 * Changes containers; looking at them is the engine's part (`Engine.containers`). Every call that changes something has
 * a deadline, and rejects with a PlumblineError: ENGINE_UNREACHABLE, INTERRUPTED, DISK_FULL, PORT_TAKEN, or a code of the
 * deployer's own tool.
 */
export interface Deployer {
  /**
   * The texts that this deployer reads, by path relative to the stack's folder; pure. Conf files, tuning.env and secrets
   * are the same for all deployers, and are not among them.
   */
  readonly render: (desired: Desired) => ReadonlyMap<string, string>;
  /** Whether its tool is installed. To ask may start a process (a quarter of a second). */
  isInstalled(): Promise<boolean>;
  /** For `doctor`: which version of its tool there is, or that it is missing and what to do. */
  diagnose(): Promise<Diagnosis>;
  /** Makes and starts the containers of these instances, without what they require; one that exists is started as it is. */
  start(stack: DeployedStack, instances: readonly string[], options: DeployOptions): Promise<void>;
  /** The same, and one that exists is replaced by a new one with the same volumes. */
  replace(stack: DeployedStack, instances: readonly string[], options: DeployOptions): Promise<void>;
  /** Lets a paused container go on. */
  unpause(stack: DeployedStack, instance: string, options: DeployOptions): Promise<void>;
  /** Stops and starts one container, which stays the same container. */
  restart(container: DeployedContainer, graceSeconds: number): Promise<void>;
  /** Stops a container within its own stop grace and removes it; its volumes stay. Resolves also where it is gone. */
  remove(container: DeployedContainer): Promise<void>;
  /** Changes the limits of a running container; memory and swap get the same number. */
  limits(container: DeployedContainer, share: Share): Promise<void>;
  /** Hands on what the containers of these instances write, as text for people. Resolves also when the signal ends it. */
  showLogs(stack: DeployedStack, instances: readonly string[], options: ShowLogsOptions): Promise<void>;
}

export interface DeployOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface ShowLogsOptions {
  /** The last lines of each container. */
  readonly lines: number;
  /** Goes on until the signal comes. */
  readonly follow: boolean;
  readonly coloured: boolean;
  /** Left open. */
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Where this process reaches a published port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
