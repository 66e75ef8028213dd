/** What a runtime is: how a machine and its containers are driven. */
import type { Diagnosis } from "../results/diagnosis.ts";
import type { Deployer, Endpoint } from "./deployer.ts";
import type { Engine } from "./engine.ts";
import type { MachineAction, MachineState, MachineWish } from "./machine.ts";

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
  /** How the containers of a stack are made and changed. */
  readonly deploy: Deployer;
  /** Where this process reaches a port that an instance publishes. Asks nothing: it is decided before the start. */
  endpoint(instance: string, published: number): Endpoint;
  /** For `doctor`: what can be wrong with this runtime alone, found by looking. Asked where `detect` answers ok. */
  diagnose?(): Promise<readonly Diagnosis[]>;
  /** Stops the machine (`down --machine`) or deletes it with its disk (`destroy --machine`). */
  teardown(options: { readonly remove: boolean }): Promise<void>;
}
