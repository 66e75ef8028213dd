/** Carries out a plan's actions, in the plan's order; decides nothing. */
import type { Action, ContainerAction } from "../core/plan/action.ts";
import type { Desired } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { actionText } from "../core/plan/plan-text.ts";
import type { Report } from "../core/progress.ts";
import { projectName } from "../core/stack-names.ts";
import { throwIfAborted, withDeadline } from "../host/deadline.ts";
import { writeGenerated } from "./files.ts";
import { containerOf, instanceOf, serviceOf } from "../core/plan/lookup.ts";
import { waitUntilReady } from "./readiness.ts";
import { type ServiceTrace } from "../core/results/start-up-trace.ts";
import { restartHeld, type Interruption } from "./restart.ts";
import { shrinkLimits } from "./shrink.ts";
import type { World } from "./observe.ts";
import { byInstance, targetOf } from "./targets.ts";

/** Creating containers of images that are present; an engine under load needs seconds. */
const COMPOSE_DEADLINE_MS = 180_000;
const LIVE_DEADLINE_MS = 60_000;

export interface ApplyInput {
  readonly world: World;
  readonly desired: Desired;
  readonly actions: readonly Action[];
  readonly containers: readonly ObservedContainer[];
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Called after each action that is done. */
  readonly done: (action: Action) => void;
}

export interface Applied {
  readonly traces: readonly ServiceTrace[];
  readonly interruptions: readonly Interruption[];
}

/**
 * Executes the actions and waits until every service works. What is done when it rejects has been told to `done`;
 * the next run plans from what it finds.
 */
export async function applyPlan(input: ApplyInput): Promise<Applied> {
  await writeFiles(input);
  const interruptions = await beforeStart(input);
  const started = startContainers(input);
  const starting = new Set(input.actions.flatMap((action) => (isStart(action) ? [action.instance] : [])));
  const wait = waitUntilReady({ ...input, before: input.containers, starting, started });
  started.catch(() => undefined); // the wait rejects with its reason
  const traces = await wait;
  await afterStart(input);
  return { traces, interruptions };
}

type Start = ContainerAction & { readonly kind: "create-container" | "recreate-container" | "start-container" };

function isStart(action: Action): action is Start {
  const { kind } = action;
  return kind === "create-container" || kind === "recreate-container" || kind === "start-container";
}

async function writeFiles(input: ApplyInput): Promise<void> {
  const { files } = input.world;
  for (const action of input.actions) {
    if (action.kind !== "write-file") continue;
    throwIfAborted(input.signal);
    const text = files.get(action.path);
    if (text === undefined) throw new Error(`nothing to write to ${action.path}`);
    await writeGenerated(input.world.folder, action.path, text, action.keepCopy);
    input.done(action);
  }
}

/** Limits that grow, containers that go, and restarts, which read the new files. */
async function beforeStart(input: ApplyInput): Promise<readonly Interruption[]> {
  const { world, actions, containers, report, signal, done } = input;
  const { engine } = world;
  const running = byInstance(containers);
  const interruptions: Interruption[] = [];
  for (const action of actions) {
    throwIfAborted(signal);
    if (action.kind === "grow-limits") {
      await reported(action, report, engine.updateLimits(containerOf(action, running).id, action.to));
    } else if (action.kind === "remove-container") {
      await reported(action, report, engine.remove(action.containerId));
    } else if (action.kind === "restart-container") {
      interruptions.push(await reported(action, report, restartHeld(action, input)));
    } else continue;
    done(action);
  }
  return interruptions;
}

async function startContainers(input: ApplyInput): Promise<void> {
  const { world, actions, signal, done, report } = input;
  await unpause(input);
  const fresh = actions.filter(({ kind }) => kind === "create-container" || kind === "start-container");
  const again = actions.filter(({ kind }) => kind === "recreate-container");
  for (const [flag, group] of [
    ["--no-recreate", fresh],
    ["--force-recreate", again],
  ] as const) {
    const instances = group.flatMap((action) => ("instance" in action ? [action.instance] : []));
    if (instances.length === 0) continue;
    const work = world.engine.compose([...composeProject(input), "up", "-d", "--no-deps", flag, ...instances], {
      signal,
      timeoutMs: COMPOSE_DEADLINE_MS,
    });
    const title = `start ${instances.join(", ")}`;
    await titled(`containers:${flag}`, title, report, work, { signal });
    for (const action of group) done(action);
  }
}

/** Compose can neither start nor replace a container that is paused. */
async function unpause(input: ApplyInput): Promise<void> {
  const planned = new Set(input.actions.flatMap((action) => ("instance" in action ? [action.instance] : [])));
  const paused = input.containers.filter(({ state, instance }) => state === "paused" && planned.has(instance));
  if (paused.length === 0) return;
  const instances = paused.map(({ instance }) => instance);
  const { signal } = input;
  const options = { signal, timeoutMs: COMPOSE_DEADLINE_MS };
  await input.world.engine.compose([...composeProject(input), "unpause", ...instances], options);
}

function composeProject({ world, desired }: ApplyInput): readonly string[] {
  return ["-f", world.folder.composeFile, "-p", projectName(desired.stack)];
}

/** Live settings, then the limits that shrink: a server gives memory back before its container loses it. */
async function afterStart({ world, desired, actions, report, signal, done }: ApplyInput): Promise<void> {
  const late = actions.filter(({ kind }) => kind === "apply-settings" || kind === "shrink-limits");
  if (late.length === 0) return;
  const containers = byInstance(await world.engine.containers(projectName(desired.stack)));
  for (const action of late) {
    throwIfAborted(signal);
    if (action.kind === "apply-settings") {
      await reported(action, report, applyLive(action, { world, desired, containers }));
      done(action);
    } else if (action.kind === "shrink-limits") {
      const container = containerOf(action, containers);
      await reported(action, report, shrinkLimits(world.engine, container, action.to, signal));
      done(action);
    }
  }
}

interface LiveContext {
  readonly world: World;
  readonly desired: Desired;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
}

type Live = ContainerAction & { readonly kind: "apply-settings" };

async function applyLive(action: Live, { world, desired, containers }: LiveContext): Promise<void> {
  const service = serviceOf(desired, action.service);
  const target = targetOf(instanceOf(desired, action), { ...world, containers });
  if (!target) throw new Error(`${action.instance} does not run`);
  const live = await service.definition.live();
  const connection = await live.connect(target);
  try {
    const changes = action.changes.map(({ name, to }) => ({ name, value: to }));
    await withDeadline(connection.apply(changes), LIVE_DEADLINE_MS, `${action.instance} did not take its settings`);
  } catch (error) {
    throw error instanceof PlumblineError ? error : refused(action, error);
  } finally {
    await connection.close();
  }
}

/** The server runs on, with the values that it had. */
function refused({ instance, service }: ContainerAction, error: unknown): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: `${instance} did not take its new settings`,
    why: messageOf(error),
    fix: `Correct what the profile says under \`settings\` of ${service}, or look at its log with \`npm run logs -- ${instance}\`, then run \`npm run up\` again`,
    cause: error,
  });
}

async function reported<Result>(action: Action, report: Report, work: Promise<Result>): Promise<Result> {
  return titled(`action:${actionText(action)}`, actionText(action), report, work, { because: action.cause });
}

async function titled<Result>(
  id: string,
  title: string,
  report: Report,
  work: Promise<Result>,
  { because, signal }: { readonly because?: string; readonly signal?: AbortSignal },
): Promise<Result> {
  report({ kind: "step-started", id, title, ...(because === undefined ? {} : { because }) });
  try {
    const result = await work;
    report({ kind: "step-done", id });
    return result;
  } catch (error) {
    // What Compose said last before it was interrupted is no reason.
    const reason = signal?.aborted ? "interrupted" : (messageOf(error).split("\n")[0] ?? "");
    report({ kind: "step-failed", id, reason });
    throw error;
  }
}
