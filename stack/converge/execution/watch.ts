/** The containers while steps wait for them: looked at by one loop for all, which ends them all when one exits. */
import { selectedServices, type Desired, type DesiredInstance } from "../../core/desire/desire.ts";
import type { PlumblineError } from "../../core/errors.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { byInstance } from "../../core/plan/containers.ts";
import { pause, throwIfAborted } from "../../host/deadline.ts";
import { projectName } from "../../core/stack-names.ts";
import { exitError } from "../exited.ts";
import type { World } from "../observe.ts";

const LOOK_MS = 250;
/** From the end of a start to the look that shows it. */
const NOTICE_MS = 1_000;
/** Of a container that exited: they hold its reason. */
const LAST_LINES = 20;

export interface WatchInput {
  readonly world: Pick<World, "engine">;
  readonly desired: Desired;
  /** Containers before anything is done. */
  readonly before: readonly ObservedContainer[];
  /** Instances that will be started or restarted. */
  readonly starting: ReadonlySet<string>;
}

export class Watch {
  private readonly input: WatchInput;
  private readonly before: ReadonlyMap<string, ObservedContainer>;
  /** Not started or restarted yet: as they were before, they may have exited. */
  private readonly due: Set<string>;
  /** Being started or restarted: as they were before, they are no servers to ask, though they may answer still. */
  private readonly beingStarted = new Set<string>();
  /** Those that were being started at any moment since the engine began to look: its answer may be older than the start. */
  private unsure = new Set<string>();
  private readonly firstSeen = new Map<string, number>();
  /** To be told when an instance that is being started is seen to run. */
  private readonly notices = new Map<string, () => void>();
  /** Something happened since the engine began to look. */
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

  /** As they were last seen, without those that are about to be replaced by their successors. */
  get containers(): ReadonlyMap<string, ObservedContainer> {
    return this.seen;
  }

  /** When the last of these was first seen, on the clock of performance.now(); undefined if all were there before. */
  createdLast(instances: readonly DesiredInstance[]): number | undefined {
    const times = instances.flatMap(({ name }) => this.firstSeen.get(name) ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Settles as `work` does, or rejects when a container exits meanwhile, or the engine is gone. */
  async during<Result>(work: Promise<Result>, ending: AbortSignal): Promise<Result> {
    this.waiting += 1;
    this.looking ??= this.look(ending);
    this.looking.catch(() => undefined); // who waits is told below
    try {
      return await Promise.race([work, this.looking]);
    } finally {
      this.waiting -= 1;
      work.catch(() => undefined);
    }
  }

  /**
   * Starts an instance by `work`. Resolves when it is seen to run, which can be long before the call has ended, and shortly
   * after `work` in any case: whoever waits for its server will say why it does not run. Rejects as `work` and `during`.
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
      ended.catch(() => undefined); // a failure after its container ran is told by who started it
      settled.abort();
    }
    this.due.delete(instance);
  }

  /** Never resolves: rejects when a container exits or the engine is gone. Ends unheard once nobody waits. */
  private async look(ending: AbortSignal): Promise<never> {
    const { world, desired } = this.input;
    while (this.waiting > 0) {
      throwIfAborted(ending);
      const due = new Set(this.due);
      this.unsure = new Set(this.beingStarted);
      this.isOutdated = false;
      const all = await world.engine.containers(projectName(desired.stack));
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
    return exitError(container, lines, service?.definition.failures ?? []);
  }
}

function hasExited({ state }: ObservedContainer): boolean {
  return state === "exited" || state === "dead";
}
