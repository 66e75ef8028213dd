/** Starts containers: all starts requested at the same moment go into one call of the deployer. */
import type { Start } from "../../core/plan/action.ts";
import type { Desired } from "../../core/desire/desire.ts";
import type { DeployedStack, Deployer, DeployOptions } from "../../core/machine/deployer.ts";
import type { Report } from "../../core/progress.ts";
import { throwIfAborted } from "../../host/deadline.ts";
import type { World } from "../observe.ts";
import { beginFirstStarts } from "../volumes.ts";
import { reported } from "./reported.ts";
import type { Watch } from "./watch.ts";

/** Deadline of creating containers from present images; an engine under load needs seconds. */
const DEPLOY_DEADLINE_MS = 180_000;

export interface StartInput {
  readonly world: Pick<World, "engine" | "runtime" | "folder">;
  readonly desired: Desired;
  readonly report: Report;
}

interface Batch {
  readonly instances: string[];
  readonly work: Promise<void>;
}

type How = "start" | "replace";

/**
 * One call for ten containers takes as long as for one, and two concurrent calls collide, so starts requested during a
 * call are collected for the next one. Containers of one call do not depend on each other, since each is requested only
 * when its plan allows.
 */
export class Starts {
  private readonly input: StartInput;
  private readonly watch: Watch;
  private readonly gathering = new Map<How, Batch>();
  private readonly all: Promise<void>[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(input: StartInput, watch: Watch) {
    this.input = input;
    this.watch = watch;
  }

  /** Resolves when the container runs. */
  async start({ kind, instance }: Start, ending: AbortSignal): Promise<void> {
    const how = kind === "recreate-container" ? "replace" : "start";
    const batch = this.gathering.get(how) ?? this.newBatch(how, ending);
    batch.instances.push(instance);
    await this.watch.start(instance, batch.work, ending);
  }

  /** A paused container can neither be started nor replaced. */
  async unpause(instance: string, ending: AbortSignal): Promise<void> {
    const work = this.last.then(() => this.deploy.unpause(this.stack, instance, callOf(ending)));
    this.last = work.catch(() => undefined);
    this.all.push(work);
    await work;
  }

  /** Resolves when no call is running; rejects with the reason of a failed one. */
  async ended(): Promise<void> {
    const outcomes = await Promise.allSettled(this.all);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  private newBatch(how: How, ending: AbortSignal): Batch {
    const instances: string[] = [];
    const work = this.last.then(() => {
      this.gathering.delete(how);
      return this.make(how, instances, ending);
    });
    this.last = work.catch(() => undefined);
    this.all.push(work);
    const batch = { instances, work };
    this.gathering.set(how, batch);
    return batch;
  }

  private async make(how: How, instances: readonly string[], ending: AbortSignal): Promise<void> {
    throwIfAborted(ending);
    const { world, desired } = this.input;
    await beginFirstStarts(world, desired, instances);
    const work = this.deploy[how](this.stack, instances, callOf(ending));
    const step = { id: `containers:${instances.join(" ")}`, title: `start ${instances.join(", ")}`, signal: ending };
    await reported(step, this.input.report, work);
  }

  private get deploy(): Deployer {
    return this.input.world.runtime.deploy;
  }

  private get stack(): DeployedStack {
    const { world, desired } = this.input;
    return { stack: desired.stack, folder: world.folder.root };
  }
}

function callOf(ending: AbortSignal): DeployOptions {
  return { signal: ending, timeoutMs: DEPLOY_DEADLINE_MS };
}
