/** Faults that are put into a running stack, each with the cause that the verdict should name. */
import type { Cause } from "../../../stack/bench/suspects.ts";
import { openDelay } from "./delay.ts";
import { throttleWrites } from "./disk.ts";
import { burnCpus } from "./load.ts";
import { squeezeMemory } from "./memory.ts";
import type { Injected, Scene } from "./scene.ts";

export const FAULTS = ["cpu", "memory", "disk", "network", "load"] as const;

export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  readonly title: string;
  readonly cause: Cause["kind"];
  inject(scene: Scene): Promise<Injected>;
}

/** What is left of the cpu limit: a quarter, for half of two cpus is still more than many a load can use. */
const CPU_SHARE = 0.25;

const cpu: Fault = {
  title: `the cpu limit at ${CPU_SHARE * 100} % of what it was`,
  cause: "cpu limit",
  inject: async ({ stack, service: { share }, container }) => {
    const { engine } = stack.world;
    const cpus = share.cpus * CPU_SHARE;
    await engine.updateLimits(container.id, { ...share, cpus });
    return { stack, detail: `${cpus} cpus`, undo: () => engine.updateLimits(container.id, share) };
  },
};

export const faults: Readonly<Record<FaultName, Fault>> = {
  cpu,
  memory: { title: "the memory limit cut to what cannot be reclaimed", cause: "memory limit", inject: squeezeMemory },
  disk: { title: "writes to the disk slowed by the kernel", cause: "disk sync", inject: throttleWrites },
  network: { title: "1 ms more on the way back from the published port", cause: "network", inject: openDelay },
  load: { title: "other containers that use all cpus", cause: "other load", inject: burnCpus },
};
