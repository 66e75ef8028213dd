/** How a runtime deploys: every change to the containers of a stack, and the files that the deployer needs. */
import type { Desired } from "../desire/desire.ts";
import type { Diagnosis } from "../results/diagnosis.ts";
import type { Share } from "../service/service.ts";

/** The stack to act on: its name, and the folder with its generated files. */
export interface DeployedStack {
  readonly stack: string;
  /** Absolute path. */
  readonly folder: string;
}

/** A container, with its id in the engine and its name within the stack. */
export interface DeployedContainer {
  readonly id: string;
  readonly instance: string;
}

/**
 * Changes containers; reading them is the engine's part (`Engine.containers`). Every call that changes something has a
 * deadline and rejects with a PlumblineError: ENGINE_UNREACHABLE, INTERRUPTED, DISK_FULL, PORT_TAKEN, or a code of the
 * deployer's own tool.
 */
export interface Deployer {
  /**
   * Returns the texts that this deployer reads, by path relative to the stack's folder; pure. Conf files, tuning.env
   * and secrets are the same for all deployers, and are not included.
   */
  readonly render: (desired: Desired) => ReadonlyMap<string, string>;
  /** Resolves whether its tool is installed. May start a process (a quarter of a second). */
  isInstalled(): Promise<boolean>;
  /** For `doctor`: resolves the version of its tool, or that the tool is missing and how to install it. */
  diagnose(): Promise<Diagnosis>;
  /**
   * Creates and starts the containers of these instances, without the services they require. An existing container is
   * started unchanged.
   */
  start(stack: DeployedStack, instances: readonly string[], options: DeployOptions): Promise<void>;
  /** Like `start`, but replaces an existing container by a new one with the same volumes. */
  replace(stack: DeployedStack, instances: readonly string[], options: DeployOptions): Promise<void>;
  /** Resumes a paused container. */
  unpause(stack: DeployedStack, instance: string, options: DeployOptions): Promise<void>;
  /** Stops and starts one container; its id stays the same. */
  restart(container: DeployedContainer, graceSeconds: number): Promise<void>;
  /** Stops a container within its stop grace period and removes it; its volumes stay. Also resolves if it is gone. */
  remove(container: DeployedContainer): Promise<void>;
  /** Changes the limits of a running container; memory and swap get the same number. */
  limits(container: DeployedContainer, share: Share): Promise<void>;
  /**
   * Writes the log output of these instances' containers as text for people: without control characters, and with long
   * lines cut. Also resolves when the signal aborts it.
   */
  showLogs(stack: DeployedStack, instances: readonly string[], options: ShowLogsOptions): Promise<void>;
}

export interface DeployOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface ShowLogsOptions {
  /** Number of last lines to show of each container. */
  readonly lines: number;
  /** Keeps following the logs until the signal aborts. */
  readonly follow: boolean;
  readonly coloured: boolean;
  /** Stays open afterwards. */
  readonly output: NodeJS.WritableStream;
  /** Receives what the deployer's tool itself has to say; stays open too. */
  readonly errors: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** The address at which this process reaches a published port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
