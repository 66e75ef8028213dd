/** Plans what the machine needs before containers can run on it. */
import type { Plan } from "./action.ts";
import type { Runtime } from "../machine/runtime.ts";
import type { MachineState, MachineWish } from "../machine/machine.ts";
import { isMemoryOf } from "../machine/visible-memory.ts";
import { bytes, formatBytes } from "../units.ts";

/** A file system reports about 98 % of its disk, so less than 93 % means another size. */
const DISK_FRACTION = 0.93;

/** Plans the machine if the runtime can create one; otherwise notes the size that the budget uses. */
export function planMachine(
  runtime: Pick<Runtime, "features" | "limits">,
  state: MachineState,
  wish: MachineWish,
): Plan {
  const notes = runtime.limits(wish, state);
  if (!runtime.features.machine) return { actions: [], notes: [...notes, ...fixedMachineNotes(state, wish)] };
  switch (state.state) {
    case "absent":
      return { actions: [{ kind: "create-machine", wish, cause: "there is no machine yet" }], notes };
    case "stopped":
      return { actions: [{ kind: "start-machine", wish, cause: "the machine is stopped" }], notes };
    case "broken":
      return { actions: [{ kind: "repair-machine", wish, cause: state.reason }], notes };
    case "running": {
      const causes = differences(state, wish);
      if (causes.length === 0) return { actions: [], notes };
      return {
        actions: [{ kind: "resize-machine", from: sizeOf(state, wish), wish, cause: causes.join(", ") }],
        notes,
      };
    }
  }
}

type Running = MachineState & { readonly state: "running" };

/**
 * Returns the configured size with the cpus observed inside; also the observed memory if it differs, because a machine
 * may run with another size than the configured one.
 */
function sizeOf({ facts, configured }: Running, wish: MachineWish): MachineWish {
  if (!configured) return { cpus: facts.cpus, memory: facts.memory, disk: facts.disk ?? wish.disk };
  const memory = isMemoryOf(facts.memory, configured.memory) ? configured.memory : facts.memory;
  return { ...configured, cpus: facts.cpus, memory };
}

function differences(state: Running, wish: MachineWish): string[] {
  const { facts, configured } = state;
  const causes: string[] = [];
  if (facts.cpus !== wish.cpus) {
    const untrue =
      configured && configured.cpus !== facts.cpus ? ` although it is configured with ${configured.cpus}` : "";
    causes.push(`it has ${facts.cpus} cpus inside${untrue}, the profile wants ${wish.cpus}`);
  }
  if (!isMemoryOf(facts.memory, wish.memory)) {
    const untrue =
      configured && !isMemoryOf(facts.memory, configured.memory)
        ? ` although it is configured with ${formatBytes(configured.memory)}`
        : "";
    const inside = `it has ${formatBytes(facts.memory)} of memory inside${untrue}`;
    causes.push(`${inside}, the profile wants ${formatBytes(wish.memory)}`);
  }
  const disk = facts.disk === undefined ? configured?.disk : facts.disk;
  if (disk !== undefined && disk < wish.disk * DISK_FRACTION) {
    causes.push(`its disk has ${formatBytes(disk)}, the profile wants ${formatBytes(wish.disk)}`);
  }
  return causes;
}

function fixedMachineNotes(state: MachineState, wish: MachineWish): string[] {
  if (state.state !== "running") return [];
  const { cpus, memory } = state.facts;
  const notes: string[] = [];
  if (cpus < wish.cpus)
    notes.push(`the engine's host has ${cpus} cpus and the profile wants ${wish.cpus}: sized for ${cpus}`);
  if (memory < wish.memory) {
    notes.push(
      `the engine's host has ${formatBytes(memory)} and the profile wants ${formatBytes(wish.memory)}: ` +
        `sized for ${formatBytes(bytes(memory))}`,
    );
  }
  return notes;
}
