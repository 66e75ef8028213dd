/** Lists every difference between a stack and what is wanted, of every kind. */
import { PlumblineError } from "../../core/errors.ts";
import { budgetMachine } from "../../core/desire/budget.ts";
import { selectedServices } from "../../core/desire/desire.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import { actionText } from "../../core/plan/plan-text.ts";
import { formatBytes } from "../../core/units.ts";
import { compareStack, type Proof } from "../../converge/converge.ts";
import { stackInUse } from "../../records/in-use.ts";
import { limitDifferences } from "../../converge/limits.ts";
import type { ObservedStack } from "./observed-stack.ts";
import type { Wanted } from "./request.ts";
import type { FoundEngine } from "./discovery.ts";
import { byInstance } from "../../converge/targets.ts";

export interface Differences {
  /** Undefined if something differs. */
  readonly proof: Proof | undefined;
  /** Each with its cause, if known. A machine of another size comes first, because other differences follow from it. */
  readonly differences: readonly string[];
}

export async function differencesOf(observed: ObservedStack): Promise<Differences> {
  const { world, desired, observation, machinePlan } = observed;
  const compared = compareStack(desired, observation);
  const differences = [
    ...desired.refusals,
    ...machinePlan.actions.map((action) => `${actionText(action)}: ${action.cause}`),
    ...compared.differences,
    // A stopped container has no cgroup, and is in the list already.
    ...(isAllRunning(observed) ? await limitDifferences(world, desired, observation.containers) : []),
  ];
  if (differences.length > 0) differences.unshift(...(await resized(observed)));
  return { proof: differences.length === 0 ? compared.proof : undefined, differences };
}

/** Resolves the difference between the size that the stack was brought up with and the machine's size now. */
async function resized({ wanted, desired }: ObservedStack): Promise<readonly string[]> {
  const was = await sizedBefore(wanted, desired.budget.machine);
  return was === undefined ? [] : [`${was}: the new budget fits, and other values follow from it`];
}

type Size = Pick<MachineFacts, "cpus" | "memory">;

/** Resolves the text on the earlier size; undefined if it is the same, or if the stack was never brought up. */
export async function sizedBefore(wanted: Wanted, now: Size): Promise<string | undefined> {
  const before = (await stackInUse(wanted.folder))?.sizedFor;
  if (!before || (before.cpus === now.cpus && before.memory === now.memory)) return undefined;
  const text = ({ cpus, memory }: Size) => `${cpus} cpus and ${formatBytes(memory)}`;
  return `the stack was sized for ${text(before)}, and has ${text(now)} now`;
}

/**
 * Returns the error to throw if the services do not fit a machine that was larger when the stack was brought up. It
 * lists no other differences, since there is no budget to compare with. Returns `error` itself if it is of another
 * kind.
 */
export async function withoutBudget(error: unknown, wanted: Wanted, { runtime, state }: FoundEngine): Promise<unknown> {
  if (!(error instanceof PlumblineError) || error.code !== "BUDGET_IMPOSSIBLE") return error;
  const { machine } = wanted.profile;
  const was = await sizedBefore(wanted, budgetMachine(state.facts, machine));
  if (was === undefined) return error;
  const actions = planMachine(runtime, state, machine).actions.map(
    (action) => `${actionText(action)}: ${action.cause}`,
  );
  const differences = [`${was}, where the services do not fit: ${error.what} (${error.why})`, ...actions];
  return new PlumblineError("NOT_CONVERGED", {
    what: "The machine is too small for what runs on it",
    why: differences.join("\n"),
    fix: actions.length > 0 ? SIZE_BACK : error.fix,
    details: { ...error.details, differences },
    cause: error,
  });
}

export const SIZE_BACK = "`npm run up` gives the machine its size back";

function isAllRunning({ desired, observation }: ObservedStack): boolean {
  const containers = byInstance(observation.containers);
  return selectedServices(desired).every(({ instances }) =>
    instances.every(({ name }) => containers.get(name)?.state === "running"),
  );
}
