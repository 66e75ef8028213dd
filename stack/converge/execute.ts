/** Carries out a plan: its steps and nothing else, each as soon as its dependencies are done. */
import { setMaxListeners } from "node:events";
import { isStart, type Step } from "../core/plan/action.ts";
import type { Desired } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { byInstance } from "../core/plan/containers.ts";
import { renewVolumes } from "./volumes.ts";
import { containerOf, instanceOf, serviceOf } from "../core/plan/lookup.ts";
import { actionText } from "../core/plan/plan-text.ts";
import type { Report } from "../core/progress.ts";
import type { Interruption } from "../core/results/commands/up.ts";
import type { FileContent } from "../render/stack.ts";
import type { ServiceTrace } from "../core/results/start-up-trace.ts";
import { applyLive } from "./execution/apply-live.ts";
import { Drains } from "./execution/drains.ts";
import { Interruptions } from "./execution/interruptions.ts";
import type { World } from "./observe.ts";
import { resetPersisted } from "./persisted.ts";
import { reported } from "./execution/reported.ts";
import { saveData } from "./execution/save-data.ts";
import { shrinkLimits } from "./shrink.ts";
import { Starts } from "./execution/starts.ts";
import { Traces } from "./execution/traces.ts";
import { unlessAborted } from "./execution/unless-aborted.ts";
import { awaitInstance, awaitService, beginWait, prepareService, type Waiting } from "./execution/wait.ts";
import { LISTENERS, walk } from "./execution/walk.ts";
import { Watch } from "./execution/watch.ts";

export interface ApplyInput {
  readonly world: World;
  readonly desired: Desired;
  readonly steps: readonly Step[];
  /** The containers that the plan was made from. */
  readonly containers: readonly ObservedContainer[];
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Called after each completed step. */
  readonly done: (step: Step) => void;
  /** Writes one generated file. */
  readonly write: (path: string, content: FileContent, keepCopy: boolean) => Promise<void>;
}

export interface Applied {
  /** Traces of the services that were awaited. */
  readonly traces: readonly ServiceTrace[];
  readonly interruptions: readonly Interruption[];
}

/**
 * Carries out the steps. Rejects with the first failure, after all running steps have ended and every service is
 * released. `done` has then been told every completed step; the next run plans from what it finds.
 */
export async function applyPlan(input: ApplyInput): Promise<Applied> {
  const { world, desired, steps, report } = input;
  const signal = AbortSignal.any([input.signal]);
  setMaxListeners(LISTENERS, signal);
  const containers = byInstance(input.containers);
  const touched = steps.filter((step) => isStart(step) || step.kind === "restart-container");
  const starting = new Set(touched.flatMap((step) => ("instance" in step ? [step.instance] : [])));
  const watch = new Watch({ world, desired, before: input.containers, starting });
  const traces = new Traces();
  const interruptions = new Interruptions();
  const starts = new Starts(input, watch);
  const drains = new Drains({ world, desired, containers });
  const hands: Hands = { ...input, signal, containers, watch, traces, interruptions, starts, drains };
  try {
    await walk(steps, {
      perform: (step, ending) => perform(step, { ...hands, ending }),
      done: (step) => {
        interruptions.note(step);
        input.done(step);
      },
      signal,
    });
    await starts.ended();
  } finally {
    await starts.ended().catch(() => undefined);
    for (const text of await drains.releaseAll())
      report({ kind: "warning", text: `Clients may wait still, of ${text}. \`npm run up\` lets them go on` });
  }
  return { traces: traces.all(), interruptions: interruptions.all() };
}

type Restart = Step & { readonly kind: "restart-container" };

interface Hands extends Omit<ApplyInput, "containers"> {
  readonly containers: ReadonlyMap<string, ObservedContainer>;
  readonly watch: Watch;
  readonly traces: Traces;
  readonly interruptions: Interruptions;
  readonly starts: Starts;
  readonly drains: Drains;
}

/** A step that cannot be cancelled (a restart, a limit) is left to the engine only if the run is aborted. */
async function perform(step: Step, hands: Hands & Pick<Waiting, "ending">): Promise<void> {
  const { world, desired, containers, signal, ending, starts, drains } = hands;
  const { deploy } = world.runtime;
  switch (step.kind) {
    case "write-file": {
      const content = world.files.get(step.path);
      if (content === undefined) throw new Error(`nothing to write to ${step.path}`);
      return unlessAborted(hands.write(step.path, content, step.keepCopy), signal);
    }
    case "remove-container":
      return visible(step, hands, deploy.remove({ id: step.containerId, instance: step.instance }));
    case "unpause-container":
      return visible(step, hands, starts.unpause(step.instance, ending));
    case "save-data":
      return visible(step, hands, saveData(step, { world, desired, containers }));
    case "renew-volumes":
      return visible(step, hands, renewVolumes(step, world, desired));
    case "reset-persisted":
      return visible(step, hands, resetPersisted(step, { world, desired, containers }));
    case "grow-limits":
      return visible(step, hands, deploy.limits(containerOf(step, containers), step.to));
    case "create-container":
    case "recreate-container":
    case "start-container":
      beginWait(serviceOf(desired, step.service), hands);
      return starts.start(step, ending);
    case "drain":
      hands.interruptions.begin(step.around);
      return visible(step, hands, drains.drain(step.service));
    case "restart-container":
      return visible(step, hands, restart(step, hands));
    case "release":
      return visible(step, hands, drains.release(step.service));
    case "await-instance":
      return awaitInstance(serviceOf(desired, step.service), instanceOf(desired, step), hands);
    case "prepare":
      return prepareService(serviceOf(desired, step.service), hands);
    case "await-service":
      return awaitService(serviceOf(desired, step.service), hands);
    case "apply-settings":
      return visible(step, hands, applyLive(step, { world, desired, containers }));
    case "shrink-limits":
      return visible(
        step,
        hands,
        shrinkLimits({ engine: world.engine, deploy }, containerOf(step, containers), step.to, ending),
      );
  }
}

/**
 * Resolves when the instance runs again. If another step fails meanwhile, resolves when the engine has restarted it, so
 * that code that puts the old values back does not meet a server about to stop.
 */
async function restart(step: Restart, hands: Hands & Pick<Waiting, "ending">): Promise<void> {
  const { world, desired, containers, watch, traces, interruptions, ending } = hands;
  traces.start();
  interruptions.begin(step.instance);
  const { stopGraceSeconds } = instanceOf(desired, step).container;
  const work = world.runtime.deploy.restart(containerOf(step, containers), stopGraceSeconds);
  const runs = watch.start(step.instance, work, ending);
  runs.catch(() => undefined); // heard below
  await work;
  if (!ending.aborted) await runs;
}

/** Shows the step as progress, and stops waiting for it when the run is aborted. */
async function visible(step: Step, { report, signal }: Hands, work: Promise<void>): Promise<void> {
  const title = actionText(step);
  const shown = { id: `action:${step.id}`, title, because: step.cause, signal };
  return reported(shown, report, unlessAborted(work, signal));
}
