/** Blocks that say what their operations cost, and what the machine gave meanwhile. */
import type { Block } from "../../../stack/core/results/measurement.ts";
import { normal, type Random } from "./runs.ts";

export interface Worked {
  /** Cpu of the servers, in cores; the same work at any speed if `cpuUs` is given. */
  readonly serverCores?: number;
  /** Cpu of the servers per operation. */
  readonly cpuUs?: number;
  /** Cpu of the client per operation: the same in every run on the same machine. */
  readonly clientUs?: number;
  readonly noise?: number;
  readonly otherCores?: number;
  readonly heldBack?: number;
  /** Per operation, by name. */
  readonly counted?: Readonly<Record<string, number>>;
  readonly bytesWritten?: number;
}

/** The same block with work of which nothing contradicts its times: half a core of the servers, a fifth of the client. */
export function worked(random: Random, block: Block, change: Worked = {}): Block {
  const { serverCores = 0.5, noise = 0.02, otherCores = 0.1, heldBack = 0, counted, bytesWritten } = change;
  const varied = (value: number) => value * Math.exp(noise * normal(random));
  const perOperationUs = (cores: number) => (cores * 1e6) / block.throughput;
  return {
    ...block,
    p5Ms: block.p50Ms * 0.6,
    work: {
      serverCpuUs: varied(change.cpuUs ?? perOperationUs(serverCores)),
      clientCpuUs: varied(change.clientUs ?? perOperationUs(block.loaderCpu)),
      contextSwitches: varied(2.1),
      packets: varied(2.4),
      ...(bytesWritten !== undefined && { bytesWritten: varied(bytesWritten) }),
      ...(counted && { counted: { ...counted } }),
    },
    machine: { otherCores: varied(otherCores), stealCores: 0, heldBack, serverWaiting: 0.05 },
  };
}
