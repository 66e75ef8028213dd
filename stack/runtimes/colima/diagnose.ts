/** Diagnoses what can be wrong with a Colima machine before it is started. */
import { PlumblineError } from "../../core/errors.ts";
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import type { MachineState } from "../../core/machine/machine.ts";
import { formatBytes } from "../../core/units.ts";
import type { Machine } from "./machine.ts";
import { readConfig, refuseImmutable } from "./records.ts";

/** Changes nothing. Reports a data disk without its machine, and what the next start makes of it. */
export function diagnoseMachine({ place }: Pick<Machine, "place">, state: MachineState): readonly Diagnosis[] {
  const found: Diagnosis[] = [machineDiagnosis(place.profile, state)];
  if (state.state !== "absent" || state.remains?.disk === undefined) return found;
  const { disk, hasData } = state.remains;
  const next = hasData
    ? "The next start uses it again with its data, and grows it if the profile wants more."
    : "It was never formatted and holds no data: the next start removes it and makes a new one.";
  found.push({
    check: "colima disk",
    status: "warning",
    found: `the disk ${place.id} of ${formatBytes(disk)} is there without its machine`,
    remedy: `${next} To be rid of it: \`npm run destroy -- --machine\`.`,
  });
  return found;
}

/** Changes nothing. Reports what of the machine no start can change, so that `up` refuses it. */
export async function diagnoseImmutable({
  host,
  place,
}: Pick<Machine, "host" | "place">): Promise<readonly Diagnosis[]> {
  const [state, desired] = [await readConfig(host, place.stateFile), await readConfig(host, place.desiredFile)];
  try {
    refuseImmutable(place, state, desired);
    return [];
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    const found = `${place.profile}: ${error.why}; \`up\` refuses it`;
    return [{ check: "colima machine", status: "problem", found, remedy: error.fix }];
  }
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
