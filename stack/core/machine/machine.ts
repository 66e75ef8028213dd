/** The machine that a stack runs on: as a profile asks for it, as it is, and how it changes. */
import type { Bytes } from "../units.ts";
import type { MachineFacts } from "./facts.ts";

/**
 * What there is to share out: the cpus and the memory of the one machine on which all containers of a stack run. That it
 * is one is decided here: `shareOut` makes every limit a part of it, and `MachineFacts` are read inside of it.
 *
 * A runtime of several machines returns the smallest of those that may run the stack, as long as a stack has to fit on
 * one of them. To spread a stack, this becomes a list of machines with names, the budget chooses one for each instance
 * (a volume ties its instance to where it lies), and `observe` returns the facts of each.
 */
export type Machine = Pick<MachineFacts, "cpus" | "memory">;

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
