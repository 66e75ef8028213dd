/** What the failures of one run have shown about its servers, so that its next round mends it. */
import { isStart, type Action } from "../core/plan/action.ts";
import type { Desired } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Observed } from "../core/plan/observed.ts";
import { byInstance } from "../core/plan/containers.ts";
import { overridesOf } from "../core/plan/persisted.ts";
import { projectName } from "../core/stack-names.ts";
import type { Persisted } from "../core/service/setting-rules.ts";
import { blamedIn } from "./exited.ts";
import type { Observation } from "./observe.ts";
import { damagesOf, persistedOf } from "./persisted.ts";

/** A server may name what keeps it from starting one by one. */
const MOST_RESETS = 3;

/** Each lesson gives one more round. */
export class Lessons {
  private readonly engine: Pick<Engine, "containers" | "readFile">;
  private readonly desired: Desired;
  /** Instances whose volumes no server can start with. */
  private readonly hopeless = new Set<string>();
  private readonly blamed = new Map<string, ReadonlySet<string>>();
  /** Rounds that were added to reset persisted settings, by instance. */
  private readonly resets = new Map<string, number>();

  constructor(engine: Pick<Engine, "containers" | "readFile">, desired: Desired) {
    this.engine = engine;
    this.desired = desired;
  }

  get count(): number {
    return [...this.resets.values()].reduce((total, resets) => total + resets, this.hopeless.size);
  }

  /** Returns what was observed together with what was learned. */
  applied(observation: Observation): Observed {
    const hopeless = new Map([...observation.unfinished].filter(([name]) => this.hopeless.has(name)));
    return { ...observation, hopeless, blamed: this.blamed };
  }

  /** Returns whether these actions reset what a server has persisted, and may still do it in this run. */
  mayReset(actions: readonly Action[]): boolean {
    const left = actions.flatMap((action) => (action.kind === "reset-persisted" ? [action.instance] : []));
    return left.map((instance) => this.addReset(instance)).includes(true);
  }

  /** Resolves whether the failure shows something that the next round mends. `done`: what the failed round has done. */
  async learn(failure: Error, { unfinished }: Observation, done: readonly Action[]): Promise<boolean> {
    if (!(failure instanceof PlumblineError)) return false;
    const { instance } = failure.details;
    if (typeof instance !== "string") return false;
    // Both are needed: a mark may be older than data that another version of Plumbline, or a person, has put there, and a
    // server that has data may fail to start for many other reasons.
    if (failure.code === "VOLUME_INCOMPLETE" && unfinished.has(instance) && !this.hopeless.has(instance)) {
      this.hopeless.add(instance);
      return true;
    }
    // It was starting already when its file was edited, and has read what that held before.
    if (failure.code === "SERVICE_EXITED" && wasResetAlone(instance, done)) return this.addReset(instance);
    return this.learnPersisted(failure, instance).catch(() => false); // the failure itself says more
  }

  private async learnPersisted({ code, details }: PlumblineError, instance: string): Promise<boolean> {
    if (code !== "SERVICE_EXITED" && code !== "SERVICE_NOT_READY") return false;
    const service = this.desired.services.find(({ instances }) => instances.some(({ name }) => name === instance));
    const wanted = service?.instances.find(({ name }) => name === instance);
    if (!service || !wanted) return false;
    const containers = byInstance(await this.engine.containers(projectName(this.desired.stack)));
    if ((await damagesOf(this.engine, service, containers.get(instance))).length > 0) return this.addReset(instance);
    const persisted: Persisted | undefined = await persistedOf(this.engine, service, containers.get(instance));
    if (!persisted) return false;
    const { lastLines } = details;
    const lines = Array.isArray(lastLines) ? lastLines.filter((line) => typeof line === "string") : [];
    const blamed = blamedIn(lines, persisted);
    const found = overridesOf({ service, instance: wanted, persisted, blamed });
    if (found.length === 0 && persisted.fault === undefined) return false;
    this.blamed.set(instance, blamed);
    return this.addReset(instance);
  }

  private addReset(instance: string): boolean {
    const resets = this.resets.get(instance) ?? 0;
    if (resets === MOST_RESETS) return false;
    this.resets.set(instance, resets + 1);
    return true;
  }
}

function wasResetAlone(name: string, done: readonly Action[]): boolean {
  const own = done.filter((action) => "instance" in action && action.instance === name);
  const begins = own.some((action) => isStart(action) || action.kind === "restart-container");
  return !begins && own.some(({ kind }) => kind === "reset-persisted");
}
