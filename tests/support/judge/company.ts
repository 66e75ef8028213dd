/** Runs on a machine that others use too, with a seed: what others take, and what it does to time and work. */
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { blockOf, FINGERPRINT, normal, runOf, scenarioOf, type Random } from "./runs.ts";

const CPUS = 2;
const SCENARIOS = 2;

/** What is wrong with the stack; factors of the sound one's figures. */
export interface Fault {
  readonly throughput?: number;
  readonly cpu?: number;
  readonly p5?: number;
  readonly heldBack?: number;
  readonly syncedWrites?: number;
}

export interface World {
  /** Cores that others use, on average over a run; blocks vary by a sixth of it. */
  readonly others?: number;
  /** Times that a synced write takes in other services: ln(latency) follows with 0.8 ± 0.2. */
  readonly disk?: number;
  readonly fault?: Fault;
  readonly durable?: boolean;
}

/** A run under way: `upTo` measures more blocks of the named scenarios. */
export function startRun(random: Random, world: World = {}) {
  const { others = 0.05, disk = 1, durable = false } = world;
  // Another kind of load in each run.
  const slope = Math.min(0, -0.45 + 0.25 * normal(random));
  // Fewer operations a wakeup beside a slow disk and beside others: both sides' cpu per operation rises.
  const client = 0.15 * others * normal(random) + 0.25 * Math.log(disk);
  const level = -(0.8 + 0.2 * normal(random)) * (durable ? Math.log(disk) : 0) + 0.02 * normal(random);
  const tracks = Array.from({ length: SCENARIOS }, (_, index) => ({
    name: `store/operation-${index}`,
    next: track(random, index === 0 ? world : { ...world, fault: {} }, { slope, client, level }),
    blocks: new Array<Block>(),
  }));
  return {
    names: tracks.map(({ name }) => name),
    upTo(look: number, names: readonly string[]): void {
      for (const { name, next, blocks } of tracks) {
        while (names.includes(name) && blocks.length < look) blocks.push(next());
      }
    },
    result: (change?: Partial<MeasuredScenario>): SmokeRun =>
      runOf(
        tracks.map(({ name, blocks }) => scenarioOf(name, blocks, { ...(durable ? DURABLE : {}), ...change })),
        {
          fingerprint: { ...FINGERPRINT, cpus: CPUS },
          calibration: {
            cpuMs: 10,
            loaderCeiling: 1e6,
            syncWriteMs: disk,
            syncWriteMsOf: { store: disk, queue: disk * Math.exp(0.05 * normal(random)) },
            notes: [],
          },
        },
      ),
  };
}

const DURABLE = { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } } as const;

interface OfRun {
  readonly slope: number;
  readonly client: number;
  readonly level: number;
}

function track(random: Random, { others = 0.05, fault = {} }: World, run: OfRun): () => Block {
  // What no control explains, of a whole run of one scenario.
  const share = others / CPUS;
  const time = 0.02 * normal(random);
  const cpu = Math.hypot(0.015, 0.07 * share) * normal(random);
  const short = Math.hypot(0.03, 0.22 * share) * normal(random);
  const follows = 0.7 + 0.15 * normal(random);
  return () => {
    const otherCores = Math.min(CPUS, Math.max(0, others + (others / 6) * normal(random)));
    const factor = (fault.throughput ?? 1) * Math.exp(run.level + time + run.slope * otherCores);
    const client = run.client + 0.05 * normal(random);
    return {
      ...blockOf(random, 0.06, 1000 * factor),
      p5Ms: 1.2 * (fault.p5 ?? 1) * Math.exp(short + 0.05 * normal(random)),
      work: {
        serverCpuUs: 200 * (fault.cpu ?? 1) * Math.exp(follows * client + cpu + 0.04 * normal(random)),
        clientCpuUs: 300 * Math.exp(client),
        bytesWritten: 8000 * Math.exp(0.1 * normal(random)),
        packets: 4 * Math.exp(-run.client + 0.05 * normal(random)),
        contextSwitches: 3 * Math.exp(run.client + 0.05 * normal(random)),
        counted: { "synced writes": 0.5 * (fault.syncedWrites ?? 1) * Math.exp(0.1 * normal(random)) },
      },
      machine: { otherCores, stealCores: 0, heldBack: fault.heldBack ?? 0 },
    };
  };
}

/** What is judged needs no latencies one by one; only a baseline does, whose histogram is checked against its blocks. */
export const BARE = { histogram: "" };

export function quietBaseline(random: Random, runs = 3, world: World = {}): RecordedBaseline {
  return recordBaseline(
    Array.from({ length: runs }, () => {
      const run = startRun(random, world);
      run.upTo(PLANNED_LOOKS.at(-1) ?? 15, run.names);
      return run.result();
    }),
  );
}

/** A run as an older version recorded it. */
export function withoutReadings(run: SmokeRun): SmokeRun {
  const scenarios = run.scenarios.map((scenario) =>
    scenario.status === "measured" ? { ...scenario, blocks: scenario.blocks.map(older) } : scenario,
  );
  return { ...run, scenarios };
}

function older(block: Block): Block {
  const { work: _, machine: __, p5Ms: ___, ...rest } = block;
  return rest;
}
