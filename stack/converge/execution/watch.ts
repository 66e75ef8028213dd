/**
 * Watches the containers while steps wait for them: one loop serves all waits, and ends them when a container exits.
 */
import { selectedServices, type Desired, type DesiredInstance } from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { byInstance } from "../../core/plan/containers.ts";
import { pause, throwIfAborted } from "../../host/deadline.ts";
import { projectName } from "../../core/stack-names.ts";
import { exitError } from "../exited.ts";
import type { World } from "../observe.ts";

const LOOK_MS = 250;
/** Longest time from the end of a start until an observation shows it. */
const NOTICE_MS = 1_000;
/** Number of last log lines read of an exited container; they hold its reason. */
const LAST_LINES = 20;

export interface WatchInput {
  readonly world: Pick<World, "engine">;
  readonly desired: Desired;
  /** Containers before the first step. */
  readonly before: readonly ObservedContainer[];
  /** Instances that will be started or restarted. */
  readonly starting: ReadonlySet<string>;
}

export class Watch {
  private readonly input: WatchInput;
  private readonly before: ReadonlyMap<string, ObservedContainer>;
  /** Instances whose start or restart has not begun: their old containers may have exited. */
  private readonly due: Set<string>;
  /** Being started or restarted: do not ask the old container, even if it still answers. */
  private readonly beingStarted = new Set<string>();
  /**
   * Instances that were being started at any moment of the engine's current request: its answer may be older than the
   * start.
   */
  private unsure = new Set<string>();
  private readonly firstSeen = new Map<string, number>();
  /** Callbacks for when an instance that is being started is seen running. */
  private readonly notices = new Map<string, () => void>();
  /** True if something happened during the engine's current request. */
  private isOutdated = false;
  private wake: () => void = () => undefined;
  private looking: Promise<never> | undefined;
  private waiting = 0;
  private seen: ReadonlyMap<string, ObservedContainer>;

  constructor(input: WatchInput) {
    this.input = input;
    this.before = byInstance(input.before);
    this.due = new Set(input.starting);
    this.seen = this.before;
  }

  /** Returns the containers as last observed, without those about to be replaced. */
  get containers(): ReadonlyMap<string, ObservedContainer> {
    return this.seen;
  }

  /**
   * Returns when the last of these was first seen, on the clock of performance.now(); undefined if all existed before.
   */
  createdLast(instances: readonly DesiredInstance[]): number | undefined {
    const times = instances.flatMap(({ name }) => this.firstSeen.get(name) ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Settles as `work` does, or rejects if a container exits meanwhile, or the engine is gone. */
  async during<Result>(work: Promise<Result>, ending: AbortSignal): Promise<Result> {
    this.waiting += 1;
    this.looking ??= this.look(ending);
    this.looking.catch(() => undefined); // waiting callers get the reason below
    try {
      return await Promise.race([work, this.looking]);
    } finally {
      this.waiting -= 1;
      work.catch(() => undefined);
    }
  }

  /**
   * Starts an instance with `work`. Resolves when the instance is seen running, which may be long before the call ends,
   * and in any case shortly after `work`: the wait for its server then reports why it does not run. Rejects as `work`
   * and `during`.
   */
  async start(instance: string, work: Promise<unknown>, ending: AbortSignal): Promise<void> {
    this.beingStarted.add(instance);
    this.unsure.add(instance);
    this.seen = new Map([...this.seen].filter(([name, container]) => name !== instance || !this.isAsBefore(container)));
    const runs = new Promise<void>((resolve) => this.notices.set(instance, resolve));
    const settled = new AbortController();
    const ended = work.then(() => {
      this.isOutdated = true;
      this.wake();
      return pause(NOTICE_MS, AbortSignal.any([ending, settled.signal]));
    });
    try {
      await this.during(Promise.race([ended, runs]), ending);
    } finally {
      this.beingStarted.delete(instance);
      this.notices.delete(instance);
      ended.catch(() => undefined); // if its container ran before the failure, the caller of the start reports it
      settled.abort();
    }
    this.due.delete(instance);
  }

  /** Never resolves: rejects when a container exits or the engine is gone. Its end is ignored if nobody waits. */
  private async look(ending: AbortSignal): Promise<never> {
    const { desired } = this.input;
    while (this.waiting > 0) {
      throwIfAborted(ending);
      const due = new Set(this.due);
      this.unsure = new Set(this.beingStarted);
      this.isOutdated = false;
      const all = await this.containersNow();
      if (all === undefined) continue;
      this.note(all);
      const exited = selectedServices(desired)
        .flatMap(({ instances }) => instances.flatMap(({ name }) => this.seen.get(name) ?? []))
        .find((container) => hasExited(container) && !(due.has(container.instance) && this.isAsBefore(container)));
      if (exited) throw await this.exit(exited);
      if (!this.isOutdated) await this.untilNextLook(ending);
    }
    this.looking = undefined;
    return new Promise(() => undefined);
  }

  /**
   * Resolves undefined if the engine is too slow to answer while it starts containers, as right after its machine has
   * booted: the call that starts them has its own, longer deadline.
   */
  private async containersNow(): Promise<readonly ObservedContainer[] | undefined> {
    const { world, desired } = this.input;
    try {
      return await world.engine.containers(projectName(desired.stack));
    } catch (error) {
      if (this.unsure.size > 0 && isLate(error)) return undefined;
      throw error;
    }
  }

  private async untilNextLook(ending: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    await Promise.race([woken, pause(LOOK_MS, ending)]);
  }

  private note(all: readonly ObservedContainer[]): void {
    for (const { id, instance } of all) {
      if (this.before.get(instance)?.id !== id && !this.firstSeen.has(instance))
        this.firstSeen.set(instance, performance.now());
    }
    this.seen = byInstance(all.filter((each) => !(this.unsure.has(each.instance) && this.isAsBefore(each))));
    for (const [instance, notice] of this.notices) if (this.seen.get(instance)?.state === "running") notice();
  }

  private isAsBefore({ instance, id, startedAt }: ObservedContainer): boolean {
    const before = this.before.get(instance);
    return before?.id === id && before.startedAt === startedAt;
  }

  private async exit(container: ObservedContainer): Promise<PlumblineError> {
    const { world, desired } = this.input;
    const service = desired.services.find(({ name }) => name === container.service);
    const lines = await world.engine.logs(container.id, LAST_LINES, container.startedAt);
    return exitError(container, lines, service?.definition.failures ?? [], service?.settings ?? []);
  }
}

function isLate(error: unknown): boolean {
  return error instanceof PlumblineError && error.code === "ENGINE_UNREACHABLE" && error.details["late"] === true;
}

function hasExited({ state }: ObservedContainer): boolean {
  return state === "exited" || state === "dead";
}
