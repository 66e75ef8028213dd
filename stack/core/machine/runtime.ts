/** A runtime: how a machine and its containers are driven. */
import type { Diagnosis } from "../results/diagnosis.ts";
import type { Deployer, Endpoint } from "./deployer.ts";
import type { Engine } from "./engine.ts";
import type { MachineAction, MachineState, MachineWish } from "./machine.ts";

export type Detection =
  | { readonly ok: true; readonly detail: string }
  | {
      readonly ok: false;
      readonly why: string;
      readonly fix: string;
      readonly code?: "ENGINE_REMOTE";
      /** True if this computer has nothing that could be asked, so nothing of a stack runs in it. */
      readonly absent?: boolean;
    };

/** Runs short commands on the machine that has the engine's networks. */
export interface MachineShell {
  /** True if the commands run as root. */
  readonly isRoot: boolean;
  /** A failed command is a result, not a rejection. */
  run(argv: readonly string[]): Promise<{ readonly ok: boolean; readonly stdout: string; readonly stderr: string }>;
}

export interface Runtime {
  readonly name: string;
  readonly features: {
    /** True if Plumbline can create and resize the machine; otherwise the machine is budgeted as it is. */
    readonly machine: boolean;
    /** True if files of this host can be mounted into containers. */
    readonly mounts: boolean;
  };
  /** Resolves whether this runtime can be used here. Changes nothing. */
  detect(): Promise<Detection>;
  /** Resolves the state of the machine. Changes nothing. `patient`: gives a slow machine longer before it is broken. */
  observe(options?: { readonly patient?: boolean }): Promise<MachineState>;
  /** Carries out one change and verifies it from inside the machine; `note` receives progress lines. */
  apply(action: MachineAction, note: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Returns what the machine cannot do of this wish: "the disk stays at 100 GiB: it cannot shrink". */
  limits(wish: MachineWish, state: MachineState): readonly string[];
  /** Resolves the engine inside the machine. Rejects with ENGINE_UNREACHABLE. */
  engine(): Promise<Engine>;
  /** Creates and changes the containers of a stack. */
  readonly deploy: Deployer;
  /**
   * Returns the address at which this process reaches a published port of an instance. Known before the start, so it
   * makes no request.
   */
  endpoint(instance: string, published: number): Endpoint;
  /**
   * For `doctor`: checks that only this runtime needs. Changes nothing. Called if `detect` resolves to ok. `seen`: what
   * `observe` resolved a moment ago.
   */
  diagnose?(seen?: MachineState): Promise<readonly Diagnosis[]>;
  /**
   * Returns whether a process with these arguments forwards ports into this runtime's machine. To end it would cut the
   * machine off.
   */
  forwards?(commandLine: string): Promise<boolean>;
  /**
   * Makes the machine give up ports that it forwards for containers that have exited. Called only while no container
   * runs. Resolves when `areFree` does to true, or when nothing more can be done.
   */
  releasePorts?(areFree: () => Promise<boolean>, note: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Absent if no command reaches the machine that has the engine's networks. */
  readonly machineShell?: MachineShell;
  /** Stops the machine (`down --machine`) or deletes it with its disk (`destroy --machine`). */
  teardown(options: { readonly remove: boolean }): Promise<void>;
}
