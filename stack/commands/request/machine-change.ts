/** A machine whose size was changed by hand: what follows from it, and how the change is kept. */
import { budgetMachine } from "../../core/desire/budget.ts";
import { PlumblineError } from "../../core/errors.ts";
import { isMemoryOf } from "../../core/machine/visible-memory.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import { actionText } from "../../core/plan/plan-text.ts";
import { formatBytes } from "../../core/units.ts";
import { isProfilePath } from "../../records/profiles.ts";
import { sizeWanted } from "./desired.ts";
import { SIZE_BACK, sizedBefore, withoutBudget } from "./differences.ts";
import type { FoundEngine } from "./discovery.ts";
import type { Wanted } from "./request.ts";

/**
 * Resolves NOT_CONVERGED for a stack whose containers have all exited because its machine was stopped and started with
 * another size; undefined if the machine is the one that the profile wants.
 */
export async function machineChange(wanted: Wanted, found: FoundEngine): Promise<PlumblineError | undefined> {
  const { runtime, state } = found;
  const { machine } = wanted.profile;
  const { actions } = planMachine(runtime, state, machine);
  if (actions.length === 0) return undefined;
  const tooSmall = await whyTooSmall(wanted, found);
  if (tooSmall) return tooSmall;
  const was = await sizedBefore(wanted, budgetMachine(state.facts, machine));
  const differences = [
    ...(was === undefined ? [] : [was]),
    ...actions.map((action) => `${actionText(action)}: ${action.cause}`),
    "none of its containers runs: the stop of a machine ends them",
  ];
  const keep = howToKeep(wanted, state);
  return new PlumblineError("NOT_CONVERGED", {
    what: "The machine is not what the profile says, and nothing of the stack runs on it",
    why: differences.join("\n"),
    fix: [`${SIZE_BACK}, and starts the stack`, ...(keep === undefined ? [] : [keep])].join("\n"),
    details: { differences },
  });
}

async function whyTooSmall(wanted: Wanted, found: FoundEngine): Promise<PlumblineError | undefined> {
  try {
    sizeWanted(wanted, found.state.facts, { purpose: "look" });
    return undefined;
  } catch (error) {
    const known = await withoutBudget(error, wanted, found);
    if (known instanceof PlumblineError) return known;
    throw error;
  }
}

/** Returns the lines of the profile that make the machine's size the wanted one; undefined if its size is uncertain. */
export function howToKeep(
  { profileReference, profile }: Pick<Wanted, "profileReference" | "profile">,
  { configured, facts }: FoundEngine["state"],
): string | undefined {
  if (configured?.cpus !== facts.cpus || !isMemoryOf(facts.memory, configured.memory)) return undefined;
  const { cpus, memory, disk } = configured;
  const file = isProfilePath(profileReference) ? profileReference : `profiles/${profileReference}.yaml`;
  const size = [`cpus: ${cpus}`, `memory: ${formatBytes(memory)}`, `disk: ${formatBytes(disk)}`].join(", ");
  const image = profile.machine.image === undefined ? "" : `, image: ${profile.machine.image}`;
  return `To keep the machine as it is, write its size into ${file}, and run \`npm run up\`: machine: {${size}${image}}`;
}
