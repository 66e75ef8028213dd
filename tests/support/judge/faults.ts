/** Runs with blocks that know their work and their share of the machine: as measured beside faults and company. */
import type { Controls, RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { MachineShare, Work } from "../../../stack/core/results/work.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { sampled, type Sampled } from "./resources.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "./runs.ts";

/** Factors on what a quiet machine and a sound stack give, and figures in place of others. */
export interface Signature {
  readonly throughput?: number;
  readonly serverCpu?: number;
  readonly clientCpu?: number;
  readonly p5?: number;
  /** Per operation. */
  readonly counted?: Readonly<Record<string, number>>;
  readonly share?: Partial<MachineShare>;
  readonly used?: Sampled;
  /** Synced writes in the service's own container, in others, and the shortest ones. */
  readonly syncOwn?: number;
  readonly syncElsewhere?: number;
  readonly syncFloor?: number;
  /** Milliseconds that every round trip takes longer. */
  readonly networkMs?: number;
  readonly arithmetic?: number;
  readonly settings?: Readonly<Record<string, number | string>>;
}

export const SETTINGS = { cache: 128, log: "none" } as const;
const WORK: Work = { serverCpuUs: 440, clientCpuUs: 300, contextSwitches: 4, packets: 2 };
export const COUNTED = { "synced writes": 1, "pages read": 0.1, "WAL bytes": 200 } as const;
const SHARE: MachineShare = { otherCores: 0.1, stealCores: 0, heldBack: 0, serverWaiting: 0.1 };
/** Measured on two cores; see the assumptions of the baseline's controls. */
export function controlsOf(kind: Kind): Controls {
  return {
    otherCores: { value: -0.5, error: 0.1 },
    clientCpu: { value: 0.7, error: 0.1 },
    ...(kind === "durable write" && { syncElsewhere: { value: 0.8, error: 0.1 } }),
  };
}

export type Kind = "read" | "durable write";

function scenario(kind: Kind, signature: Signature, seed: number): MeasuredScenario {
  const random = seeded(seed);
  const name = `store/${kind}`;
  const { throughput = 1, serverCpu = 1, clientCpu = 1, p5 = 1, counted, share } = signature;
  const blocks = Array.from({ length: 6 }, (): Block => {
    const block = blockOf(random, 0.02, 1000 * throughput);
    const vary = () => 1 + 0.04 * (random() - 0.5);
    return {
      ...block,
      p5Ms: 1.1 * p5 * vary(),
      work: {
        ...WORK,
        serverCpuUs: WORK.serverCpuUs * serverCpu * vary(),
        clientCpuUs: WORK.clientCpuUs * clientCpu * vary(),
        counted: { ...COUNTED, ...counted },
      },
      machine: { ...SHARE, ...share },
    };
  });
  const isDurable = kind === "durable write";
  return scenarioOf(name, blocks, { effect: kind, cost: { roundTrips: 1, syncs: isDurable ? 1 : 0 } });
}

export function runLike(kind: Kind, signature: Signature = {}, seed = 1): SmokeRun {
  const { syncOwn = 1, syncElsewhere = 1, syncFloor = 1, networkMs = 0, arithmetic = 1, settings } = signature;
  const tripMs = 0.2 + networkMs;
  const calibration: Calibration = {
    cpuMs: 10 * arithmetic,
    loopbackRttMs: 0.05,
    syncWriteMs: syncOwn,
    syncWriteMeanMs: syncOwn,
    syncWriteMsOf: { store: syncOwn, queue: syncElsewhere, cache: syncElsewhere },
    publishedRttMs: { store: tripMs },
    floors: { syncWriteMs: syncFloor, publishedRttMs: { store: tripMs } },
    loaderCeiling: 1e6,
    notes: [],
  };
  const now = scenario(kind, signature, seed);
  return runOf([now], {
    calibration,
    fingerprint: {
      ...FINGERPRINT,
      cpus: 2,
      ...(settings && { settings: { ...FINGERPRINT.settings, store: "changed" } }),
    },
    settings: { store: { ...SETTINGS, ...settings } },
    resources: sampled(now.name, {
      cpuCores: 0.4,
      cpuLimit: 1.5,
      others: 0.1,
      idle: { cpuCores: 0.02, wantedCores: 0.02 },
      ...signature.used,
    }),
  });
}

/** One scenario, with its controls. */
export function baselineOf(kind: Kind, runs: readonly SmokeRun[] = [runLike(kind)]): RecordedBaseline {
  return { ...recordBaseline(runs), controls: { [`store/${kind}`]: controlsOf(kind) } };
}

/** Both at once: factors multiply, and the fault's figures stand. */
export function beside(fault: Signature, company: Signature): Signature {
  const both = (read: (signature: Signature) => number | undefined) => (read(fault) ?? 1) * (read(company) ?? 1);
  return {
    ...company,
    ...fault,
    throughput: both(({ throughput }) => throughput),
    serverCpu: both(({ serverCpu }) => serverCpu),
    clientCpu: both(({ clientCpu }) => clientCpu),
    p5: both(({ p5 }) => p5),
    arithmetic: both(({ arithmetic }) => arithmetic),
    syncOwn: both(({ syncOwn }) => syncOwn),
    share: { ...company.share, ...fault.share },
    used: { ...company.used, ...fault.used },
  };
}
