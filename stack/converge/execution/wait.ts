/** Waits with real clients: for one server, for the one-time steps of a service, and for the service as a whole. */
import type { Desired, DesiredInstance, DesiredService } from "../../core/desire/desire.ts";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { Report } from "../../core/progress.ts";
import { LoginRefused } from "../../core/service/login-refused.ts";
import type { Target } from "../../core/service/service.ts";
import { pause, throwIfAborted, withDeadline } from "../../host/deadline.ts";
import type { World } from "../observe.ts";
import { prepareInput } from "../prepare-input.ts";
import { targetOf, targetsOf } from "../targets.ts";
import { finishFirstStart, noteWriters, volumesOf } from "../volumes.ts";
import type { Traces } from "./traces.ts";
import { whyUnreached } from "./unreached.ts";
import type { Watch } from "./watch.ts";

/** Deadline of one wait; the slowest first start seen took a tenth of it. */
export const WAIT_DEADLINE_MS = 240_000;
/**
 * An attempt that begins at the end of the wait gets as long as its longest step and one more request: the clients give
 * a connection 5 s and a query 15 s.
 */
const LEAST_ATTEMPT_MS = 20_000;
/** An attempt that was aborted ends with the request that is under way; most take milliseconds. */
const ABORTED_MS = 1_000;
const RETRY_MS = 100;
/** A login that is refused for so long is refused for good: a restarting server refuses for milliseconds. */
const REFUSED_MS = 2_000;

export interface Waiting {
  readonly world: Pick<World, "engine" | "runtime" | "credentials">;
  readonly desired: Pick<Desired, "stack">;
  readonly watch: Watch;
  readonly traces: Traces;
  readonly report: Report;
  /** Aborting it ends the wait at once. */
  readonly ending: AbortSignal;
}

/** Resolves when a client has logged in to the server. Rejects with SERVICE_NOT_READY, SERVICE_EXITED, INTERRUPTED. */
export async function awaitInstance(
  service: DesiredService,
  instance: DesiredInstance,
  waiting: Waiting,
): Promise<void> {
  const { watch, traces, world } = waiting;
  beginWait(service, waiting);
  const live = await service.definition.live();
  await untilDone(waiting, { service, instances: [instance], name: instance.name, verb: "connect to" }, async () => {
    const target = targetOf(instance, { ...world, containers: watch.containers });
    if (!target) throw new Error(`the container is ${watch.containers.get(instance.name)?.state ?? "not created yet"}`);
    traces.mark(service.name, "running");
    const connection = await live.connect(target);
    await connection.close();
  }).catch(async (error: unknown) => {
    if (!(error instanceof LoginRefused)) throw error;
    const target = targetOf(instance, { ...world, containers: watch.containers });
    const isUninitialised = target !== undefined && (await live.isUninitialised?.(target).catch(() => false)) === true;
    const volumes = volumesOf(waiting.desired, instance);
    throw isUninitialised ? uninitialisedError(instance, volumes, error) : refusedError(instance, volumes, error);
  });
  // Before the one-time steps, which let applications in.
  await finishFirstStart(world.engine, waiting.desired, service, instance);
  await noteWriters(world.engine, waiting.desired, [{ ...service, instances: [instance] }]);
  traces.mark(service.name, "answered");
}

/** Carries out the missing one-time steps. Rejects as `awaitInstance`, and with PREPARE_FAILED. */
export async function prepareService(service: DesiredService, waiting: Waiting): Promise<void> {
  beginWait(service, waiting);
  const live = await service.definition.live();
  waiting.report({ kind: "step-progress", id: idOf(service), detail: "prepare" });
  const { longestStepMs } = live;
  const prepared = await untilDone(
    waiting,
    { service, name: service.name, verb: "prepare", ...(longestStepMs === undefined ? {} : { longestStepMs }) },
    async (signal) => live.prepare(targets(service, waiting), prepareInput(service, waiting.world.credentials, signal)),
  );
  waiting.traces.prepared(service.name, prepared);
}

/** Resolves when the service works as a whole. Rejects as `awaitInstance`. */
export async function awaitService(service: DesiredService, waiting: Waiting): Promise<void> {
  const { watch, traces, report } = waiting;
  beginWait(service, waiting);
  const live = await service.definition.live();
  const wait = { service, name: service.name, verb: "use" };
  await untilDone(waiting, wait, async () => live.ready(targets(service, waiting)));
  const prepared = traces.ready(service.name, watch.createdLast(service.instances));
  report({ kind: "step-done", id: idOf(service), detail: prepared.join(", ") });
}

/** Shows all starts and waits of a service as one progress step, from the first of them until the service works. */
export function beginWait(service: DesiredService, { report, traces }: Waiting): void {
  if (traces.begin(service.name))
    report({ kind: "step-started", id: idOf(service), title: `wait for ${service.name}` });
}

function idOf({ name }: DesiredService): string {
  return `ready:${name}`;
}

function targets(service: DesiredService, { world, watch }: Waiting): readonly Target[] {
  const found = targetsOf(service, { ...world, containers: watch.containers });
  if (!found) throw new Error("a container does not run");
  return found;
}

interface Wait {
  readonly service: DesiredService;
  /** Absent: all of the service. */
  readonly instances?: readonly DesiredInstance[];
  readonly name: string;
  readonly verb: string;
  /** The longest time that an attempt may be busy with one thing. */
  readonly longestStepMs?: number;
}

/** Retries until it succeeds; one attempt at a time. A PlumblineError is final: the service rejects with it on purpose. */
async function untilDone<Result>(
  { watch, ending, world: { engine } }: Waiting,
  { service, instances = service.instances, name, verb, longestStepMs = 0 }: Wait,
  attempt: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const explained = whyUnreached({ engine, watch, service, instances });
  let refusedAt: number | undefined;
  const attempts = async (): Promise<Result> => {
    for (;;) {
      throwIfAborted(ending);
      try {
        const leftMs = startedAt + WAIT_DEADLINE_MS - performance.now();
        return await untilLate(attempt, Math.max(leftMs, longestStepMs + LEAST_ATTEMPT_MS), ending);
      } catch (cause) {
        const error = await explained(cause);
        if (error instanceof PlumblineError) throw error;
        refusedAt = error instanceof LoginRefused ? (refusedAt ?? performance.now()) : undefined;
        if (refusedAt !== undefined && performance.now() - refusedAt >= REFUSED_MS) throw error;
        if (performance.now() - startedAt > WAIT_DEADLINE_MS) throw notReady(name, verb, error);
      }
      await pause(RETRY_MS, ending);
    }
  };
  return watch.during(attempts(), ending);
}

/**
 * Carries out one attempt, which ends by the deadlines of its own requests. If it has not ended at the end of the wait,
 * it is aborted, and what it then rejects with is the reason.
 */
async function untilLate<Result>(
  attempt: (signal: AbortSignal) => Promise<Result>,
  limitMs: number,
  ending: AbortSignal,
): Promise<Result> {
  const abandoned = new AbortController();
  const work = attempt(abandoned.signal);
  try {
    return await withDeadline(work, limitMs, "no answer", ending);
  } catch (error) {
    abandoned.abort(error);
    // A later run, or one that puts the old values back, must not meet this one's steps.
    const last = await withDeadline(work, ABORTED_MS, "not aborted").then(
      () => error,
      (reason: unknown) => reason,
    );
    throw ending.aborted ? error : last;
  }
}

function uninitialisedError(
  { name, service }: DesiredInstance,
  volumes: readonly string[],
  cause: LoginRefused,
): PlumblineError {
  return new PlumblineError("VOLUME_INCOMPLETE", {
    what: `${name} has no accounts and no data: its first initialisation was ended in the middle`,
    why: `${cause.message}; the volume is ${volumes.join(", ")}`,
    fix: `Let it be made anew: \`npm run destroy -- ${service}\`, \`npm run up\``,
    details: { instance: name, volumes },
    cause,
  });
}

function refusedError(
  { name, service }: DesiredInstance,
  volumes: readonly string[],
  cause: LoginRefused,
): PlumblineError {
  const volume = volumes.join(", ");
  const commands = [`npm run destroy -- ${service}`, "npm run up"];
  return new PlumblineError("LOGIN_REFUSED", {
    what: `${name} refuses the stack's own login`,
    why: `${cause.message}; the volume ${volume} was made with other credentials, or its account was changed by hand`,
    fix:
      "Restore the stack's folder that the volume was made with, or put its account right in the server; " +
      `if the volume holds nothing of yours, let it be made anew: ${commands.map((each) => `\`${each}\``).join(", ")}`,
    details: { instance: name, volumes },
    cause,
  });
}

function notReady(name: string, verb: string, cause: unknown): PlumblineError {
  return new PlumblineError("SERVICE_NOT_READY", {
    what: `Could not ${verb} ${name} within ${WAIT_DEADLINE_MS / 1000} s`,
    why: messageOf(cause),
    fix: `Look at its log with \`npm run logs -- ${name}\`, then run \`npm run up\` again`,
    cause,
  });
}
