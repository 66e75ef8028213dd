/** What the machine needs before containers can run on it. */
import type { Plan } from "./action.ts";
import type { MachineState, MachineWish, Runtime } from "./runtime.ts";
import { bytes, formatBytes } from "./units.ts";

/**
 * A machine reports less memory than it was given: its kernel keeps some. Colima's machines show 96.9 to 97.6 %, so
 * less than 93 % means another size.
 */
const MEMORY_FRACTION = 0.93;

/** Plans the machine of a runtime that can create one; for the others it says what the budget counts on. */
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
      const from = state.configured ?? {
        cpus: state.facts.cpus,
        memory: state.facts.memory,
        disk: state.facts.disk ?? wish.disk,
      };
      return { actions: [{ kind: "resize-machine", from, wish, cause: causes.join(", ") }], notes };
    }
  }
}

function differences(state: MachineState & { readonly state: "running" }, wish: MachineWish): string[] {
  const { facts, configured } = state;
  const causes: string[] = [];
  if (facts.cpus !== wish.cpus) causes.push(`it has ${facts.cpus} cpus inside, the profile wants ${wish.cpus}`);
  const share = facts.memory / wish.memory;
  if (share < MEMORY_FRACTION || share > 1 / MEMORY_FRACTION) {
    causes.push(`it has ${formatBytes(facts.memory)} of memory inside, the profile wants ${formatBytes(wish.memory)}`);
  }
  const disk = facts.disk === undefined ? configured?.disk : facts.disk;
  if (disk !== undefined && disk < wish.disk * MEMORY_FRACTION) {
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
