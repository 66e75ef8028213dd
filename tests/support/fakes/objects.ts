/** The objects of one stack in memory. */
import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { Engine } from "../../../stack/core/machine/runtime.ts";
import type { StackObjects } from "../../../stack/docker/objects.ts";

export interface FakeObjects extends StackObjects {
  readonly engine: Pick<Engine, "containers" | "remove">;
  readonly world: {
    containers: ObservedContainer[];
    networks: string[];
    volumes: string[];
    readonly stoppedGracefully: string[];
    /** Instances that do not stop. */
    readonly stubborn: Set<string>;
  };
}

export function fakeObjects(containers: readonly ObservedContainer[]): FakeObjects {
  const world: FakeObjects["world"] = {
    containers: [...containers],
    networks: ["plumbline-test-data"],
    volumes: ["plumbline-test-postgres-data"],
    stoppedGracefully: [],
    stubborn: new Set(),
  };
  return {
    world,
    engine: {
      containers: async () => world.containers,
      remove: async (id) => {
        world.containers = world.containers.filter((container) => container.id !== id);
      },
    },
    stop: async (id) => {
      const { instance } = world.containers.find((container) => container.id === id) ?? { instance: id };
      if (world.stubborn.has(instance)) throw new Error(`${instance} does not stop`);
      world.stoppedGracefully.push(instance);
    },
    networks: async () => world.networks,
    removeNetwork: async (name) => {
      if (world.containers.length > 0) throw new Error(`${name} has active endpoints`);
      world.networks = world.networks.filter((network) => network !== name);
    },
    volumes: async () => world.volumes.map((name) => ({ name })),
    removeVolume: async (name) => {
      world.volumes = world.volumes.filter((volume) => volume !== name);
    },
    images: async () => [],
    removeImage: async () => {},
    strays: async () => [],
  };
}
