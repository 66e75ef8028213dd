/** A Redis cluster in memory. */
import { formatStep, planFormation, type Step, type View } from "../../../stack/services/redis/cluster/formation.ts";
import type { ClusterNode, Range } from "../../../stack/services/redis/cluster/nodes.ts";

/** A cluster that remembers: what the steps of a plan do to the views of three nodes. */
export class World {
  readonly #known = new Map<string, Map<string, { address: string; flags: string[] }>>();
  readonly #slots = new Map<string, readonly Range[]>();
  readonly #epochs = new Map<string, number>();
  readonly addresses: Map<string, string>;

  constructor(instances: readonly string[]) {
    this.addresses = new Map(instances.map((name, index) => [name, `10.0.0.${index + 1}`]));
    for (const name of instances) this.#known.set(name, new Map());
  }

  own(instance: string, ...ranges: readonly Range[]): void {
    this.#slots.set(instance, [...(this.#slots.get(instance) ?? []), ...ranges]);
  }

  /** Replaces the slots of a node. */
  slots(id: string, ...ranges: readonly Range[]): void {
    this.#slots.set(id, ranges);
  }

  know(instance: string, peer: string, address: string, ...flags: string[]): void {
    this.#known.get(instance)?.set(peer, { address, flags });
  }

  views(): readonly View[] {
    return [...this.addresses].map(([instance, address]) => {
      const others = [...(this.#known.get(instance) ?? [])].map(([id, node]): ClusterNode => ({
        id,
        ...node,
        slots: this.#slots.get(id) ?? [],
      }));
      const self: ClusterNode = {
        id: instance,
        address,
        flags: ["myself", "master"],
        slots: this.#slots.get(instance) ?? [],
      };
      return { instance, address, id: instance, epoch: this.#epochs.get(instance) ?? 0, nodes: [self, ...others] };
    });
  }

  take(step: Step): void {
    switch (step.kind) {
      case "restore":
      case "assign":
        return this.own(step.instance, ...step.ranges);
      case "epoch":
        this.#epochs.set(step.instance, step.epoch);
        return;
      case "forget":
        this.#known.get(step.instance)?.delete(step.id);
        return;
      case "meet":
        this.know(step.instance, step.peer, step.address, "master");
        return;
    }
  }

  plan(): readonly string[] | string {
    const formation = planFormation(this.views());
    return formation.kind === "refused" ? formation.why : formation.steps.map(formatStep);
  }
}

export const INSTANCES = ["redis-1", "redis-2", "redis-3"];

/** A cluster that is whole. */
export function formed(): World {
  const world = new World(INSTANCES);
  settle(world);
  return world;
}

export function settle(world: World, most = Infinity): void {
  const formation = planFormation(world.views());
  if (formation.kind === "refused") throw new Error(formation.why);
  for (const step of formation.steps.slice(0, most)) world.take(step);
}
