/** Makes the running stack equal to the desired one and proves it: the second plan must be empty. */
import type { Action, Plan } from "../core/plan/action.ts";
import { selectedServices, type Desired } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import { planStack } from "../core/plan/plan.ts";
import { actionText } from "../core/plan/plan-text.ts";
import type { Report } from "../core/progress.ts";
import { applyPlan } from "./execute.ts";
import { limitDifferences } from "./limits.ts";
import { observeStack, type Observation, type World } from "./observe.ts";
import { refuseTakenPorts } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { type ServiceTrace } from "../core/results/start-up-trace.ts";
import type { Interruption } from "../core/results/commands/up.ts";

export interface Converged {
  readonly plan: Plan;
  readonly done: readonly Action[];
  readonly traces: readonly ServiceTrace[];
  readonly interruptions: readonly Interruption[];
  readonly proof: Proof;
  readonly observation: Observation;
}

/** What the read-back compared. */
export interface Proof {
  readonly settings: number;
  readonly containers: number;
  readonly files: number;
  readonly notes: readonly string[];
}

export interface ConvergeInput {
  readonly world: World;
  readonly desired: Desired;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly done?: (action: Action) => void;
  /** Called before the first container is made: provides what that needs. */
  readonly beforeStart: () => Promise<void>;
}

/** Rejects with NOT_CONVERGED and the list of what is left, or with the error of the step that failed. */
export async function converge(input: ConvergeInput): Promise<Converged> {
  const { world, desired, report, signal } = input;
  const first = await observeStack(world, desired);
  const plan = planStack(desired, first);
  await refuseTakenPorts(desired, first.containers, plan.actions);
  if (plan.actions.some(makesContainer)) await input.beforeStart();
  const done: Action[] = [];
  const note = (action: Action) => {
    done.push(action);
    input.done?.(action);
  };
  if (plan.actions.length === 0 && first.silent.size === 0) {
    const started = Promise.resolve();
    const answered = new Set(first.effective.keys());
    const before = first.containers;
    const traces = await waitUntilReady({ world, desired, report, signal, before, started, answered });
    const changed = traces.some(({ prepared }) => prepared.length > 0);
    const observation = changed ? await observeStack(world, desired) : first;
    const { proof, differences } = compareStack(desired, observation);
    refuseDifferences(differences);
    return { plan, done, traces, interruptions: [], observation, proof };
  }
  const { traces, interruptions } = await applyPlan({
    world,
    desired,
    actions: plan.actions,
    containers: first.containers,
    report,
    signal,
    done: note,
  });
  const observation = await observeStack(world, desired);
  const { proof, differences } = compareStack(desired, observation);
  refuseDifferences(differences);
  refuseDifferences(await limitDifferences(world, desired, observation.containers));
  return { plan, done, traces, interruptions, observation, proof };
}

function makesContainer({ kind }: Action): boolean {
  return kind === "create-container" || kind === "recreate-container" || kind === "start-container";
}

/** What a stack was compared with its plan in, and everything in which it differs. */
export interface Comparison {
  readonly proof: Proof;
  /** Each with its cause; empty where planning from this observation gives nothing to do. */
  readonly differences: readonly string[];
}

/** Plans from the observation: what is left to do is what differs. */
export function compareStack(desired: Desired, observation: Observation): Comparison {
  const left = planStack(desired, observation);
  const differences = [
    ...left.actions.map((action) => `${actionText(action)}: ${action.cause}`),
    ...[...observation.silent].map(([instance, reason]) => `${instance} does not report its settings: ${reason}`),
  ];
  const instances = selectedServices(desired).flatMap(({ instances, settings }) =>
    instances.map(() => settings.length),
  );
  const proof = {
    settings: instances.reduce((total, count) => total + count, 0),
    containers: instances.length,
    files: observation.files.size,
    notes: left.notes,
  };
  return { proof, differences };
}

/** Throws NOT_CONVERGED with everything that differs. */
function refuseDifferences(differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: "The running stack is not what the plan says",
    why: differences.join("\n"),
    fix: "Run `npm run up` to repair it; if it stays, the lines above name the setting and who has set it",
    details: { differences },
  });
}
