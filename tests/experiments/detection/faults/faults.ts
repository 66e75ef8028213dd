/** The faults that are injected into a running stack, each with the causes that count as right. */
import type { DesiredService } from "../../../../stack/core/desire/desire.ts";
import type { Cause } from "../../../../stack/core/results/verdict.ts";
import type { Injected, Scene } from "../scene.ts";
import { hasBuffers, shrinkBuffers } from "./buffers.ts";
import { openDelay } from "./delay.ts";
import { throttleWrites } from "./disk.ts";
import { loopInside } from "./loops.ts";
import { squeezeMemory } from "./memory.ts";
import { logStatements, slowServer, speaksSql } from "./statements.ts";

export const FAULTS = ["cpu", "disk", "network", "loops", "buffers", "image", "log", "memory"] as const;
export type FaultName = (typeof FAULTS)[number];

/** Without `memory`, which ends the server: that shows as `failed` whatever the company. */
export const USUAL_FAULTS: readonly FaultName[] = FAULTS.filter((fault) => fault !== "memory");

export interface Fault {
  readonly title: string;
  readonly causes: readonly Cause["kind"][];
  /** Whether a service has what the fault changes. */
  fits(service: DesiredService): boolean;
  inject(scene: Scene): Promise<Injected>;
}

/** Half of the peak use: half of a limit may still be more than the load can use. */
const CPU_SHARE = 0.5;

async function halveCpu({ stack, service: { share }, container, busyCores }: Scene): Promise<Injected> {
  const { engine } = stack.world;
  const cpus = Math.max(0.01, rounded(CPU_SHARE * Math.min(share.cpus, busyCores)));
  const literal = rounded(share.cpus / 2);
  const effect = literal < busyCores ? "is less than it uses" : "would still be more than it uses";
  await engine.updateLimits(container.id, { ...share, cpus });
  return {
    detail: `${cpus} cpus; half of the limit itself, ${literal}, ${effect}: ${rounded(busyCores)}`,
    undo: () => engine.updateLimits(container.id, share),
  };
}

function rounded(cpus: number): number {
  return Math.round(100 * cpus) / 100;
}

const hasVolume = ({ instances }: DesiredService) => Object.keys(instances[0]?.container.volumes ?? {}).length > 0;

export const faults: Readonly<Record<FaultName, Fault>> = {
  cpu: {
    title: "the cpu limit at half of what is used, or less",
    causes: ["cpu limit"],
    fits: hasVolume,
    inject: halveCpu,
  },
  disk: {
    title: "writes to the disk slowed by the kernel",
    causes: ["disk sync"],
    fits: hasVolume,
    inject: throttleWrites,
  },
  network: {
    title: "1 ms more on the way back from the published port",
    causes: ["network"],
    fits: ({ instances }) => (instances[0]?.ports.length ?? 0) > 0,
    inject: openDelay,
  },
  loops: {
    title: "four busy loops inside the container",
    causes: ["own load"],
    fits: hasVolume,
    inject: (scene) => loopInside(scene),
  },
  buffers: {
    title: "the server's cache at a tenth",
    causes: ["settings"],
    fits: hasBuffers,
    inject: shrinkBuffers,
  },
  // No other image is built: what a build with assertions does, the same server does when it is told to check itself.
  image: {
    title: "a server that does more work for each statement",
    causes: ["server work"],
    fits: speaksSql,
    inject: slowServer,
  },
  log: {
    title: "every statement is logged to the disk",
    causes: ["server work", "disk sync", "settings"],
    fits: speaksSql,
    inject: logStatements,
  },
  memory: {
    title: "the memory limit cut to what cannot be reclaimed, with which the kernel ends the server",
    causes: ["memory limit"],
    fits: hasVolume,
    inject: squeezeMemory,
  },
};
