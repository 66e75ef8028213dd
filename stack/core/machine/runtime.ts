/** What a runtime is: how a machine and its containers are driven. */
import type { Diagnosis } from "../results/diagnosis.ts";
import type { Engine } from "./engine.ts";
import type { MachineFacts } from "./facts.ts";
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
