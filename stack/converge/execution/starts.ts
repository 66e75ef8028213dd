/** Containers started by Compose: all that are to be started at the same moment in one call. */
import type { Start } from "../../core/plan/action.ts";
import type { Desired } from "../../core/desire/desire.ts";
import type { Report } from "../../core/progress.ts";
import { throwIfAborted } from "../../host/deadline.ts";
import { projectName } from "../../core/stack-names.ts";
import type { World } from "../observe.ts";
import { reported } from "./reported.ts";
import type { Watch } from "./watch.ts";

/** Creating containers of images that are present; an engine under load needs seconds. */
const COMPOSE_DEADLINE_MS = 180_000;

export interface StartInput {
  readonly world: Pick<World, "engine" | "folder">;
  readonly desired: Desired;
  readonly report: Report;
}

interface Batch {
  readonly instances: string[];
  readonly work: Promise<void>;
}

/** `--no-recreate` leaves a container that exists as it is, also where Compose thinks that it differs. */
type Flag = "--no-recreate" | "--force-recreate";

/**
 * One call of Compose takes as long as ten, and two at once collide: what is started while a call runs is gathered for the
 * next one. Containers of one call do not depend on each other, since each is started as soon as its plan allows.
 */
export class Starts {
  private readonly input: StartInput;
  private readonly watch: Watch;
  private readonly gathering = new Map<Flag, Batch>();
  private readonly all: Promise<void>[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(input: StartInput, watch: Watch) {
    this.input = input;
    this.watch = watch;
  }

  /** Resolves when the container runs. */
  async start({ kind, instance }: Start, ending: AbortSignal): Promise<void> {
    const flag = kind === "recreate-container" ? "--force-recreate" : "--no-recreate";
    const batch = this.gathering.get(flag) ?? this.newBatch(flag, ending);
    batch.instances.push(instance);
    await this.watch.start(instance, batch.work, ending);
  }

  /** Compose can neither start nor replace a container that is paused. */
  async unpause(instance: string, ending: AbortSignal): Promise<void> {
    const work = this.last.then(() => this.compose(["unpause", instance], ending));
    this.last = work.catch(() => undefined);
    this.all.push(work);
    await work;
  }

  /** Resolves when no call of Compose is under way; rejects with the reason of one that failed. */
  async ended(): Promise<void> {
    const outcomes = await Promise.allSettled(this.all);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  private newBatch(flag: Flag, ending: AbortSignal): Batch {
    const instances: string[] = [];
    const work = this.last.then(() => {
      this.gathering.delete(flag);
      return this.up(flag, instances, ending);
    });
    this.last = work.catch(() => undefined);
    this.all.push(work);
    const batch = { instances, work };
    this.gathering.set(flag, batch);
    return batch;
  }

  private async up(flag: Flag, instances: readonly string[], ending: AbortSignal): Promise<void> {
    throwIfAborted(ending);
    const work = this.compose(["up", "-d", "--no-deps", flag, ...instances], ending);
    const step = { id: `containers:${instances.join(" ")}`, title: `start ${instances.join(", ")}`, signal: ending };
    await reported(step, this.input.report, work);
  }

  private async compose(args: readonly string[], ending: AbortSignal): Promise<void> {
    const { world, desired } = this.input;
    const project = ["-f", world.folder.composeFile, "-p", projectName(desired.stack)];
    await world.engine.compose([...project, ...args], { signal: ending, timeoutMs: COMPOSE_DEADLINE_MS });
  }
}
