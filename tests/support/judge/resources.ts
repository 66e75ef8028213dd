/** Samples of a run with one scenario, as even as the numbers that are given. */
import type { Resources } from "../../../stack/core/results/resources.ts";
import type { IdleUse } from "../../../stack/core/results/work.ts";

export interface Sampled {
  readonly cpuLimit?: number;
  readonly memoryLimitMib?: number;
  readonly cpuCores?: number;
  readonly throttled?: number;
  /** A second. */
  readonly memoryLimitHits?: number;
  readonly pagesReread?: number;
  readonly oomKills?: number;
  readonly stalledMemory?: number;
  readonly machineStalledMemory?: number;
  /** Cores used by whatever is neither the stack nor the client. */
  readonly others?: number;
  readonly steal?: number;
  /** Of the container while no scenario of its service runs. */
  readonly idle?: IdleUse;
  readonly neighbours?: Resources["neighbours"];
}

const BLOCKS = 6;
const BLOCK_MS = 800;
const EVERY_MS = 1000;
/** What `blockOf` says of the client. */
const CLIENT_CORES = 0.2;

export function sampled(scenario: string, used: Sampled): Resources {
  const { cpuCores = 1, others = 0.2, steal = 0 } = used;
  const times = Array.from({ length: BLOCKS + 1 }, (_, index) => index * EVERY_MS);
  return {
    intervalMs: EVERY_MS,
    containers: [
      {
        instance: "store",
        service: "store",
        cpuLimit: used.cpuLimit ?? 2,
        memoryLimitMib: used.memoryLimitMib ?? 256,
        ...(used.idle && { idle: used.idle }),
        samples: times.map((atMs, index) => ({
          atMs,
          cpuCores,
          throttled: used.throttled ?? 0,
          memoryMib: 40,
          memoryLimitHits: used.memoryLimitHits ?? 0,
          pagesReread: used.pagesReread ?? 0,
          oomKills: index === 0 ? (used.oomKills ?? 0) : 0,
          ...(used.stalledMemory !== undefined && { stalledMemory: used.stalledMemory }),
        })),
      },
    ],
    machine: times.map((atMs) => ({
      atMs,
      cpuCores: cpuCores + CLIENT_CORES + others,
      stealCores: steal,
      ...(used.machineStalledMemory !== undefined && { stalledMemory: used.machineStalledMemory }),
    })),
    clientInside: true,
    blocks: Array.from({ length: BLOCKS }, (_, index) => ({
      scenario,
      fromMs: index * EVERY_MS,
      untilMs: index * EVERY_MS + BLOCK_MS,
    })),
    ...(used.neighbours && { neighbours: used.neighbours }),
    notes: [],
  };
}
