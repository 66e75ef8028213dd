/** Ensures a machine of the profile's size, read back from inside. */
import type { Plan } from "../../core/plan/action.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import { actionText } from "../../core/plan/plan-text.ts";
import type { Profile } from "../../core/profile/profile.ts";
import type { MachineState } from "../../core/machine/machine.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import type { UpControls, UpOptions } from "./up-options.ts";

/**
 * Creates, starts, repairs or resizes the machine as planned. Asks before stopping a machine that runs or answers.
 * Rejects with MACHINE_FAILED, NEEDS_CONFIRMATION, with NOT_CONVERGED if the machine has another size than requested,
 * and as `beforeResize`, which is called before a running machine is stopped.
 */
export async function ensureMachine(
  runtime: Runtime,
  profile: Profile,
  confirm: UpOptions["confirm"],
  { report, signal, done }: UpControls,
  beforeResize?: (state: RunningMachine) => Promise<void>,
): Promise<{ readonly engine: Engine; readonly machine: MachineFacts; readonly plan: Plan }> {
  const state = await unlessAborted(lookTwice(runtime), signal);
  const plan = planMachine(runtime, state, profile.machine);
  for (const note of plan.notes) report({ kind: "note", text: note });
  for (const action of plan.actions) {
    if (!isMachineAction(action)) continue;
    const text = actionText(action);
    if (action.kind === "resize-machine" && state.state === "running" && beforeResize !== undefined)
      await unlessAborted(beforeResize(state), signal);
    const question = questionBefore(action, state);
    if (question !== undefined && !(await confirm(question))) throw declined(text, action);
    report({ kind: "step-started", id: "machine", title: text, because: action.cause });
    await runtime.apply(action, (line) => report({ kind: "step-progress", id: "machine", detail: line }), signal);
    report({ kind: "step-done", id: "machine" });
    done?.(action);
  }
  const engine = await unlessAborted(runtime.engine(), signal);
  if (plan.actions.length === 0 && state.state === "running") return { engine, machine: state.facts, plan };
  const after = await unlessAborted(runtime.observe(), signal);
  const left = planMachine(runtime, after, profile.machine).actions;
  if (left.length > 0) throw notConverged(left);
  return { engine, machine: after.state === "running" ? after.facts : await engine.facts(), plan };
}

export type RunningMachine = Extract<MachineState, { readonly state: "running" }>;

/** A slow machine looks broken to a quick look, and a repair would stop it. */
async function lookTwice(runtime: Pick<Runtime, "observe">): Promise<MachineState> {
  const state = await runtime.observe();
  return state.state === "broken" ? runtime.observe({ patient: true }) : state;
}

/** Returns the question to ask before an action that may stop containers. */
function questionBefore(action: MachineActionInPlan, state: MachineState): string | undefined {
  switch (action.kind) {
    case "create-machine":
    case "start-machine":
      return undefined;
    case "resize-machine":
      return `${actionText(action)}, because ${action.cause}. Go on?`;
    case "repair-machine": {
      if (state.state !== "broken" || state.answers !== true) return undefined;
      return `${actionText(action)} (stops everything), because ${action.cause}. Something in it still answers. Go on?`;
    }
  }
}

type MachineActionInPlan = Extract<Plan["actions"][number], { readonly kind: `${string}-machine` }>;

function isMachineAction(action: Plan["actions"][number]): action is MachineActionInPlan {
  return action.kind.endsWith("-machine");
}

function notConverged(left: Plan["actions"]): PlumblineError {
  const differences = left.map((action) => `${actionText(action)}: ${action.cause}`);
  return new PlumblineError("NOT_CONVERGED", {
    what: "The machine is not as it was asked to be",
    why: differences.join("\n"),
    fix: "Ask for a machine in the profile that this computer can give, or run the command again",
    details: { differences },
  });
}

function declined(text: string, { kind }: MachineActionInPlan): PlumblineError {
  return new PlumblineError("NEEDS_CONFIRMATION", {
    what: `Not done: ${text}`,
    why: "the answer was no",
    fix:
      kind === "repair-machine"
        ? "See what runs in it (`docker ps`), and run the command again and agree"
        : "Change the profile's machine, or run the command again and agree",
  });
}
