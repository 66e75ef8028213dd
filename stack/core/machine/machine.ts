/** The machine that a stack runs on: as wanted by a profile, as observed, and how it changes. */
import type { Bytes } from "../units.ts";
import type { MachineFacts } from "./facts.ts";

/**
 * What can be shared out: cpus, memory and, if it is known, disk of the one machine on which all containers of a stack run. The assumption of
 * one machine is made here: `allocate` gives every instance a part of it, and `MachineFacts` are read inside it.
 *
 * A runtime with several machines returns the smallest one that may run the stack, as long as a stack must fit on one
 * of
 * them. To spread a stack over machines, this becomes a list of named machines, the budget chooses one for each
 * instance
 * (a volume ties its instance to the machine that holds it), and `observe` returns the facts of each.
 */
export type Machine = Pick<MachineFacts, "cpus" | "memory" | "disk">;

/** The machine that a profile asks for. */
export interface MachineWish {
  readonly cpus: number;
  readonly memory: Bytes;
  readonly disk: Bytes;
  /** The file of the disk image that a new machine starts from; otherwise the runtime obtains its own. */
  readonly image?: string | undefined;
}

/** What a machine that is gone has left. */
export interface MachineRemains {
  /** Size of its data disk. */
  readonly disk?: Bytes;
  /** True if the disk was formatted, so that it may hold volumes. */
  readonly hasData: boolean;
}

/** What the runtime knows about its machine without starting it. */
export type MachineState =
  | { readonly state: "absent"; readonly remains?: MachineRemains }
  | { readonly state: "stopped"; readonly configured: MachineWish }
  /** `answers`: its engine or its guest does, so containers may be running in it. */
  | { readonly state: "broken"; readonly reason: string; readonly answers?: boolean }
  | { readonly state: "running"; readonly configured: MachineWish | undefined; readonly facts: MachineFacts };

/** A change to the machine. `why` is the cause that the plan shows. */
export type MachineAction =
  | { readonly kind: "create-machine"; readonly wish: MachineWish }
  | { readonly kind: "start-machine"; readonly wish: MachineWish }
  | { readonly kind: "resize-machine"; readonly from: MachineWish; readonly wish: MachineWish }
  | { readonly kind: "repair-machine"; readonly wish: MachineWish };
