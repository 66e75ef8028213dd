/** Makes the running stack equal to the desired one and proves it: a second plan must be empty. */
import { isChange, isStart, type Action, type Plan, type StackPlan } from "../core/plan/action.ts";
import { selectedServices, type Desired } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import { misfitError } from "../core/plan/misfits.ts";
import { planStack } from "../core/plan/plan.ts";
import { actionText } from "../core/plan/plan-text.ts";
import type { Report } from "../core/progress.ts";
import { applyPlan, type Applied } from "./execute.ts";
import type { FileContent } from "../render/stack.ts";
import { writeGenerated } from "./files.ts";
import { limitDifferences } from "./limits.ts";
import { Lessons } from "./lessons.ts";
import { finishAnswered, noteWriters } from "./volumes.ts";
import { unlessAborted } from "./execution/unless-aborted.ts";
import { observeStack, type Observation, type World } from "./observe.ts";
import { refuseTakenPorts } from "./ports.ts";
import type { ServiceTrace } from "../core/results/start-up-trace.ts";
import type { Interruption } from "../core/results/commands/up.ts";

export interface Converged {
  /** All planned steps, in order. */
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
  /** Called before the first container is created or resumed; provides what that needs. */
  readonly beforeStart: () => Promise<void>;
}

/** Two rounds: the first plan lacks the settings of servers that did not answer, the second one knows them. */
const ROUNDS = 2;

/**
 * Rejects with NOT_CONVERGED and the remaining differences, or with the error of the failed step.
 *
 * Settings of a server that did not answer cannot be compared. So the plan waits for the server, and then everything is
 * observed and planned once more; and so again for each server whose failure showed what to mend.
 */
export async function converge(input: ConvergeInput): Promise<Converged> {
  const { world, desired } = input;
  const rounds: Round[] = [];
  const lessons = new Lessons(world.engine, desired);
  let observation = await unlessAborted(look(world, desired), input.signal);
  for (let isBlind = true; isBlind && rounds.length < ROUNDS + lessons.count;) {
    const plan = planStack(desired, lessons.applied(observation));
    if (plan.actions.length === 0) break;
    const round = await carryOut(plan, observation, input);
    rounds.push(round);
    const isLearned = round.failure !== undefined && (await lessons.learn(round.failure, observation, round.done));
    if (round.failure && !isLearned) throw round.failure;
    isBlind = isLearned || observation.silent.size > 0;
    observation = await unlessAborted(look(world, desired), input.signal);
    isBlind ||= lessons.mayReset(planStack(desired, observation).actions);
  }
  const proof = prove(desired, observation);
  await noteWriters(world.engine, desired, selectedServices(desired));
  if (rounds.length > 0)
    refuseDifferences(await unlessAborted(limitDifferences(world, desired, observation.containers), input.signal));
  return { ...summary(rounds), observation, proof };
}

/** Observes, and notes which servers have answered before anything else is done to them. */
async function look(world: World, desired: Desired): Promise<Observation> {
  const observation = await observeStack(world, desired);
  await finishAnswered(world.engine, observation);
  const unfinished = new Map([...observation.unfinished].filter(([instance]) => !observation.effective.has(instance)));
  return { ...observation, unfinished };
}

interface Round extends Applied {
  readonly plan: StackPlan;
  readonly done: readonly Action[];
  /** Why it ended before its last step. */
  readonly failure?: Error;
}

async function carryOut(plan: StackPlan, observation: Observation, input: ConvergeInput): Promise<Round> {
  const { world, desired, report, signal } = input;
  const { containers } = observation;
  const misfit = misfitError(desired, observation, plan.actions);
  if (misfit) throw misfit;
  await unlessAborted(refuseTakenPorts(world.runtime, desired, { containers, actions: plan.actions }), signal);
  if (plan.actions.some(needsDeployer)) await input.beforeStart();
  const done: Action[] = [];
  const note = (action: Action) => {
    done.push(action);
    input.done?.(action);
  };
  const write = (path: string, content: FileContent, keepCopy: boolean) =>
    writeGenerated(world.folder, path, content, keepCopy);
  const { actions: steps } = plan;
  try {
    const applied = await applyPlan({ world, desired, steps, containers, report, signal, done: note, write });
    return { plan, done, ...applied };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { plan, done, traces: [], interruptions: [], failure: error };
  }
}

/** If a service was awaited twice, the second wait counts, because it saw the service as it is now. */
function summary(rounds: readonly Round[]): Omit<Converged, "observation" | "proof"> {
  const traces = new Map(rounds.flatMap((round) => round.traces.map((trace) => [trace.service, trace])));
  return {
    plan: { actions: rounds.flatMap(({ plan }) => plan.actions), notes: rounds.at(-1)?.plan.notes ?? [] },
    done: rounds.flatMap(({ done }) => done),
    traces: [...traces.values()],
    interruptions: rounds.flatMap(({ interruptions }) => interruptions),
  };
}

function needsDeployer(action: Action): boolean {
  return isStart(action) || action.kind === "unpause-container";
}

/** Throws NOT_CONVERGED unless nothing is left to do and every service works. */
function prove(desired: Desired, observation: Observation): Proof {
  const { proof, differences } = compareStack(desired, observation);
  const idle = [...observation.unready].map(([service, reason]) => `${service} does not work: ${reason}`);
  refuseDifferences([...differences, ...idle]);
  return proof;
}

/** The compared items of a stack, and every difference. */
export interface Comparison {
  readonly proof: Proof;
  /** Each with its cause; empty if planning from this observation gives no change. */
  readonly differences: readonly string[];
}

/**
 * Plans from the observation; the changes it needs are the differences. A service that only does not work is not a
 * difference.
 */
export function compareStack(desired: Desired, observation: Observation): Comparison {
  const left = planStack(desired, observation);
  const differences = [
    ...left.actions.filter(isChange).map((action) => `${actionText(action)}: ${action.cause}`),
    ...[...observation.silent].map(([instance, reason]) => `${instance} does not report its settings: ${reason}`),
  ];
  const instances = selectedServices(desired).flatMap(({ instances, settings }) =>
    instances.map(() => settings.filter(({ unreported }) => !unreported).length),
  );
  const proof = {
    settings: instances.reduce((total, count) => total + count, 0),
    containers: instances.length,
    files: observation.files.size,
    notes: left.notes,
  };
  return { proof, differences };
}

/** Throws NOT_CONVERGED with every difference, if there is any. */
function refuseDifferences(differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: "The running stack is not what the plan says",
    why: differences.join("\n"),
    fix: "Run `npm run up` to repair it; if it stays, the lines above name the setting and who has set it",
    details: { differences },
  });
}
