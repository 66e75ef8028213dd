/** Diagnoses what can be wrong with a Colima machine before it is started. */
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import type { MachineState } from "../../core/machine/machine.ts";
import { formatBytes } from "../../core/units.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed } from "./records.ts";

/**
 * Changes nothing. Reports a data disk without its machine: the next start uses it again, whatever size it requests.
 */
export async function diagnoseMachine(machine: Machine, state: MachineState): Promise<readonly Diagnosis[]> {
  const { host, command, place, deadlines } = machine;
  const found: Diagnosis[] = [machineDiagnosis(place.profile, state)];
  const [row, disk] = [await listed(host, command, place, deadlines), await dataDisk(command, place, deadlines)];
  if (row === undefined && disk !== undefined) {
    found.push({
      check: "colima disk",
      status: "warning",
      found: `the disk ${place.id} of ${formatBytes(disk)} is there without its machine`,
      remedy:
        "The next start uses it again with its data and its size. To be rid of it: " +
        `LIMA_HOME=${place.limaHome} limactl disk delete ${place.id}`,
    });
  }
  return found;
}

function machineDiagnosis(profile: string, state: MachineState): Diagnosis {
  const check = "colima machine";
  switch (state.state) {
    case "absent":
      return { check, status: "ok", found: `${profile} does not exist yet` };
    case "stopped":
      return { check, status: "ok", found: `${profile} is stopped` };
    case "running":
      return { check, status: "ok", found: `${profile} runs, ${state.facts.cpus} cpus inside` };
    case "broken":
      return { check, status: "warning", found: `${profile}: ${state.reason}`, remedy: "`npm run up` repairs it." };
  }
}
