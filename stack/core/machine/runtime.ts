/** What a runtime is: how a machine and its containers are driven. */
import type { CounterReader } from "./counters.ts";
import type { Diagnosis } from "../results/diagnosis.ts";
import type { MachineFacts, ObservedContainer } from "./facts.ts";
import type { ExecOptions, ExecResult, Share } from "../service/service.ts";
import type { Bytes } from "../units.ts";

/** The machine that a profile asks for. */
export interface MachineWish {
  readonly cpus: number;
  readonly memory: Bytes;
  readonly disk: Bytes;
}

/** What the runtime knows of its machine without starting it. */
export type MachineState =
  | { readonly state: "absent" }
  | { readonly state: "stopped"; readonly configured: MachineWish }
  | { readonly state: "broken"; readonly reason: string }
  | { readonly state: "running"; readonly configured: MachineWish | undefined; readonly facts: MachineFacts };

/** Changes to a machine. `why` is the plan's cause. */
export type MachineAction =
  | { readonly kind: "create-machine"; readonly wish: MachineWish }
  | { readonly kind: "start-machine"; readonly wish: MachineWish }
  | { readonly kind: "resize-machine"; readonly from: MachineWish; readonly wish: MachineWish }
  | { readonly kind: "repair-machine"; readonly wish: MachineWish };

export type Detection =
  | { readonly ok: true; readonly detail: string }
  | { readonly ok: false; readonly why: string; readonly fix: string; readonly code?: "ENGINE_REMOTE" };

export interface Runtime {
  readonly name: string;
  readonly features: {
    /** Plumbline can create and resize the machine; otherwise it is budgeted as it is. */
    readonly machine: boolean;
    /** Files of this host can be mounted into containers. */
    readonly mounts: boolean;
  };
  /** Whether this runtime can be used here, without changing anything. */
  detect(): Promise<Detection>;
  observe(): Promise<MachineState>;
  /** Carries out one change and verifies it from inside; `note` receives progress lines. */
  apply(action: MachineAction, note: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** What the machine cannot do for this wish: "the disk stays at 100 GiB: it cannot shrink". */
  limits(wish: MachineWish, state: MachineState): readonly string[];
  /** The engine inside the machine. Rejects with ENGINE_UNREACHABLE. */
  engine(): Promise<Engine>;
  /** For `doctor`: what can be wrong with this runtime alone, found by looking. Asked where `detect` answers ok. */
  diagnose?(): Promise<readonly Diagnosis[]>;
  /** Stops the machine (`down --machine`) or deletes it with its disk (`destroy --machine`). */
  teardown(options: { readonly remove: boolean }): Promise<void>;
}

export interface ComposeOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
  /** Receives output lines as they come. */
  readonly line?: (line: string) => void;
}

/** A Docker engine that answers. Every call has a deadline and ends in a PlumblineError. */
export interface Engine {
  /** "unix:///…/docker.sock": what DOCKER_HOST must be for other tools. */
  readonly address: string;
  facts(): Promise<MachineFacts>;
  containers(stack: string): Promise<readonly ObservedContainer[]>;
  /** The last lines; with `since` (a `startedAt`) only those of that start and not of the starts before it. */
  logs(containerId: string, lines: number, since?: string): Promise<readonly string[]>;
  exec(containerId: string, argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Limits of a running container, memory and swap together. */
  updateLimits(containerId: string, share: Share): Promise<void>;
  /** Limits as the kernel has them, from the cgroup files inside the container; cgroup v1 and v2. */
  effectiveLimits(containerId: string): Promise<Share>;
  /** Memory of a running container that counts towards its limit and cannot be dropped at once, as page cache can. */
  memoryUse(containerId: string): Promise<Bytes>;
  /** Opens a reader of what the kernel counts of a container; to be closed. Needs a shell in the container. */
  counters(containerId: string): Promise<CounterReader>;
  /** Ids of the stack's containers in which the kernel ended a process for want of memory, in the last so many ms. */
  oomSince(stack: string, withinMs: number): Promise<readonly string[]>;
  restart(containerId: string, graceSeconds: number): Promise<void>;
  remove(containerId: string): Promise<void>;
  volumes(stack: string): Promise<readonly string[]>;
  /** Runs `docker compose <args>` with this engine; returns stdout. Rejects with COMPOSE_FAILED and the last lines. */
  compose(args: readonly string[], options: ComposeOptions): Promise<string>;
  composeVersion(): Promise<string | undefined>;
}
