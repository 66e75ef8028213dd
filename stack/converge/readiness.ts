/** Waiting for services: real clients ask real servers, and a container that exits ends the wait at once. */
import type { ServiceTrace } from "../core/results/start-up-trace.ts";
import type { Desired, DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Report } from "../core/progress.ts";
import type { Target } from "../core/service/service.ts";
import { projectName } from "../core/stack-names.ts";
import { pause, throwIfAborted, withDeadline } from "../host/deadline.ts";
import { exitError } from "./exited.ts";
import type { World } from "./observe.ts";
import { byInstance, targetOf, targetsOf } from "./targets.ts";

/** From the start of the wait to a service that works; the slowest first start seen takes a tenth of it. */
export const READY_DEADLINE_MS = 240_000;
const ATTEMPT_DEADLINE_MS = 10_000;
const RETRY_MS = 100;
const WATCH_MS = 250;
const LAST_LINES = 20;

export interface ReadyInput {
  readonly world: World;
  readonly desired: Desired;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Containers before the start: one of these that is still as it was has not been started yet. */
  readonly before: readonly ObservedContainer[];
  /** Settles when all containers have been started; its rejection ends the wait. */
  readonly started: Promise<unknown>;
  /** Instances that are being started: what they were before is no server to wait for, also while it still answers. */
  readonly starting?: ReadonlySet<string>;
  /** Given where nothing is started: instances of `before` whose servers have just answered, and need no second asking. */
  readonly answered?: ReadonlySet<string>;
}

/**
 * Waits until every service works: connects to each instance, does its one-time steps, asks the service as a whole.
 * Rejects with SERVICE_EXITED or a known failure's code, SERVICE_NOT_READY, PREPARE_FAILED, INTERRUPTED.
 */
export async function waitUntilReady(input: ReadyInput): Promise<readonly ServiceTrace[]> {
  const ending = new AbortController();
  const signal = AbortSignal.any([input.signal, ending.signal]);
  const board = new Board(input);
  const startedAt = performance.now();
  const watching = board.watch(signal);
  const traces = input.desired.services.map((service) =>
    waitForService(service, { ...input, signal, board, startedAt }),
  );
  try {
    const [all] = await Promise.race([Promise.all([Promise.all(traces), input.started]), watching]);
    return all;
  } catch (error) {
    ending.abort(error instanceof PlumblineError ? error : undefined);
    throw error;
  } finally {
    ending.abort();
    await Promise.allSettled([...traces, watching]);
  }
}

/** The containers as they were last seen, kept fresh by one loop for all who wait. */
class Board {
  private readonly input: ReadyInput;
  private readonly stale: ReadonlyMap<string, ObservedContainer>;
  private readonly createdAt = new Map<string, number>();
  private allStarted = false;
  containers: ReadonlyMap<string, ObservedContainer> = new Map();

  constructor(input: ReadyInput) {
    this.input = input;
    this.stale = byInstance(input.before);
    if (input.answered) this.containers = this.stale;
  }

  /** Never resolves: rejects when a container exits, when starting fails or when the signal comes. */
  async watch(signal: AbortSignal): Promise<never> {
    const { world, desired, started } = this.input;
    const failed = started.then(
      () => {
        this.allStarted = true;
        return undefined;
      },
      (error: unknown) => ({ error }),
    );
    const wanted = new Set(desired.services.flatMap(({ instances }) => instances.map(({ name }) => name)));
    if (this.input.answered) await pause(WATCH_MS, signal); // they have just been looked at
    for (;;) {
      throwIfAborted(signal);
      const { allStarted } = this; // as it is before the engine looks: its answer may be older than the last start
      const containers = await world.engine.containers(projectName(desired.stack));
      this.containers = byInstance(containers.filter((container) => allStarted || !this.isToBeReplaced(container)));
      for (const { id, instance } of containers) {
        if (this.stale.get(instance)?.id !== id && !this.createdAt.has(instance))
          this.createdAt.set(instance, performance.now());
      }
      for (const container of containers) {
        if (wanted.has(container.instance) && this.hasExited(container, allStarted)) throw await this.exit(container);
      }
      const outcome = await Promise.race([failed, pause(WATCH_MS, signal)]);
      if (outcome) throw outcome.error;
      if (this.allStarted) await pause(WATCH_MS, signal);
    }
  }

  /** When the last of these was first seen, on the clock of performance.now(); undefined where all were there before. */
  createdLast(instances: readonly DesiredInstance[]): number | undefined {
    const times = instances.flatMap(({ name }) => this.createdAt.get(name) ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /**
   * A container as it was before the start may be about to be started, or on its way out because it is replaced: it
   * counts only when everything has been started.
   */
  private hasExited(container: ObservedContainer, allStarted: boolean): boolean {
    if (container.state !== "exited" && container.state !== "dead") return false;
    return allStarted || !this.isAsBefore(container);
  }

  private isToBeReplaced(container: ObservedContainer): boolean {
    return this.input.starting?.has(container.instance) === true && this.isAsBefore(container);
  }

  private isAsBefore({ instance, id, startedAt }: ObservedContainer): boolean {
    const before = this.stale.get(instance);
    return before?.id === id && before.startedAt === startedAt;
  }

  private async exit(container: ObservedContainer): Promise<PlumblineError> {
    const service = this.input.desired.services.find(({ name }) => name === container.service);
    const { engine } = this.input.world;
    const lines = await engine.logs(container.id, LAST_LINES, container.startedAt);
    return exitError(container, lines, service?.definition.failures ?? []);
  }
}

interface Waiting extends ReadyInput {
  readonly board: Board;
  /** On the clock of performance.now(). */
  readonly startedAt: number;
}

async function waitForService(service: DesiredService, waiting: Waiting): Promise<ServiceTrace> {
  const { report, startedAt } = waiting;
  const id = `ready:${service.name}`;
  const sinceStart = () => Math.round(performance.now() - startedAt);
  report({ kind: "step-started", id, title: `wait for ${service.name}` });
  const live = await service.definition.live();
  let runningMs = 0;
  const unasked = service.instances.filter(({ name }) => !waiting.answered?.has(name));
  const answered = await Promise.all(
    unasked.map((instance) =>
      untilDone(waiting, instance.name, "connect to", async () => {
        const target = running(instance, waiting);
        runningMs ||= sinceStart();
        const connection = await live.connect(target);
        await connection.close();
        return sinceStart();
      }),
    ),
  );
  const targets = (): readonly Target[] => {
    const { board, world } = waiting;
    const found = targetsOf(service, { ...world, containers: board.containers });
    if (!found) throw new Error("a container does not run");
    return found;
  };
  report({ kind: "step-progress", id, detail: "prepare" });
  const prepared = await untilDone(waiting, service.name, "prepare", () => live.prepare(targets()));
  const preparedMs = sinceStart();
  await untilDone(waiting, service.name, "use", () => live.ready(targets()));
  const readyMs = sinceStart();
  report({ kind: "step-done", id, detail: prepared.join(", ") });
  const created = waiting.board.createdLast(service.instances);
  return {
    service: service.name,
    waitStartedAt: startedAt,
    ...(created === undefined ? {} : { createdMs: Math.round(created - startedAt) }),
    runningMs,
    firstAnswerMs: Math.max(0, ...answered),
    preparedMs,
    readyMs,
    prepared,
  };
}

function running(instance: DesiredInstance, { board, world }: Waiting): Target {
  const target = targetOf(instance, { ...world, containers: board.containers });
  if (!target) throw new Error(`the container is ${board.containers.get(instance.name)?.state ?? "not created yet"}`);
  return target;
}

/** Repeats until it works. What a service rejects with on purpose (a PlumblineError) is final. */
async function untilDone<Result>(
  { signal, startedAt }: Waiting,
  name: string,
  verb: string,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    throwIfAborted(signal);
    try {
      // An attempt that hangs must not keep a wait that has ended: what it does may be done twice or not at all.
      return await withDeadline(attempt(), ATTEMPT_DEADLINE_MS, "no answer", signal);
    } catch (error) {
      if (error instanceof PlumblineError) throw error;
      if (performance.now() - startedAt > READY_DEADLINE_MS) throw notReady(name, verb, error);
    }
    await pause(RETRY_MS, signal);
  }
}

function notReady(name: string, verb: string, cause: unknown): PlumblineError {
  return new PlumblineError("SERVICE_NOT_READY", {
    what: `Could not ${verb} ${name} within ${READY_DEADLINE_MS / 1000} s`,
    why: messageOf(cause),
    fix: `Look at its log with \`npm run logs -- ${name}\`, then run \`npm run up\` again`,
    cause,
  });
}
