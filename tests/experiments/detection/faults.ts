/** The faults that are injected into a running stack, each with the cause that the verdict should name. */
import type { Cause } from "../../../stack/core/results/verdict.ts";
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

/** Half of the peak use: half of a limit may still be more than the load can use. */
const CPU_SHARE = 0.5;

const cpu: Fault = {
  title: "the cpu limit at half of what is used, or less",
  cause: "cpu limit",
  inject: async ({ stack, service: { share }, container, busyCores }) => {
    const { engine } = stack.world;
    const cpus = Math.round(100 * CPU_SHARE * Math.min(share.cpus, busyCores)) / 100;
    await engine.updateLimits(container.id, { ...share, cpus });
    return { stack, detail: `${cpus} cpus`, undo: () => engine.updateLimits(container.id, share) };
  },
};

export const faults: Readonly<Record<FaultName, Fault>> = {
  cpu,
  memory: {
    title: "the memory limit cut to what cannot be reclaimed, with which the kernel ends the server",
    cause: "memory limit",
    inject: squeezeMemory,
  },
  disk: { title: "writes to the disk slowed by the kernel", cause: "disk sync", inject: throttleWrites },
  network: { title: "1 ms more on the way back from the published port", cause: "network", inject: openDelay },
  load: { title: "other containers that use all cpus", cause: "other load", inject: burnCpus },
};
