/**
 * Predicts a scenario on a machine of another speed from its baseline: L = k_rtt·RTT + k_sync·f + D_cpu·(s_base /
 * s_now), with X ≤ min(N / L, 1 / D_max). Pure.
 */
import type { MachineChange, Prediction } from "../../core/results/verdict.ts";
import { mean, median, sampleVariance } from "simple-statistics";
import type { Calibration } from "../../core/results/calibration.ts";
import type { Block, MeasuredScenario } from "../../core/results/measurement.ts";

export const NO_CHANGE: Prediction = { shift: 0, error: 0, changes: [] };

/**
 * The model treats the rest of a latency as cpu time proportional to a simple loop's, which is true of part of it. The
 * error is taken as a quarter of the predicted distance.
 */
const MODEL_SHARE = 0.25;
/**
 * Error of such models for throughput: within 10 %. Source: Menascé and Almeida, Capacity Planning, 2001, chapter 9.
 */
const HARDWARE_ERROR = 0.1;
/** For a figure without a known error: it was measured too seldom, or by an older version. */
const UNKNOWN_ERROR = 0.05;
/** Figures measured once, at the beginning, represent the rest of the run worse than their own samples suggest. */
const ONCE_ERROR = 0.1;

export type Predictable = Pick<MeasuredScenario, "cost" | "effect" | "services" | "clients">;

/**
 * Returns the changes of the figures that decide a scenario's latency. On the same hardware only figures measured
 * throughout both runs count, because a neighbour may be busy for a second only. On other hardware the cpu speed inside
 * containers counts too; a container's limit or another cpu changes it.
 */
export function changesOf(
  scenario: Predictable,
  now: Calibration,
  before: Calibration,
  sameHardware: boolean,
): {
  readonly cpu: readonly MachineChange[];
  readonly trip: MachineChange | undefined;
  readonly sync: MachineChange | undefined;
} {
  const change = (
    name: string,
    what: string,
    here?: number,
    there?: number,
    isSpeed = false,
  ): readonly MachineChange[] => {
    if (here === undefined || there === undefined) return [];
    const least = isSpeed ? ONCE_ERROR : 0;
    const error = Math.hypot(errorOf(now, name, least), errorOf(before, name, least));
    return isSpeed
      ? [{ what, logRatio: Math.log(there / here), error }]
      : [{ what, logRatio: Math.log(here / there), error, beforeMs: there }];
  };
  const [service = ""] = scenario.services;
  const { publishedRttMs: here } = now;
  const { publishedRttMs: there } = before;
  const insideAlike = !sameHardware && now.inside !== undefined && now.inside === before.inside;
  const trips = [
    ...change(`publishedRttMs.${service}`, `a round trip to ${service}`, here?.[service], there?.[service]),
    ...change("loopbackRttMs", "a loopback round trip", now.loopbackRttMs, before.loopbackRttMs),
  ];
  const syncs = change("syncWriteMs", "a synced write", now.syncWriteMs, before.syncWriteMs);
  const isSynced = scenario.cost === undefined ? scenario.effect === "durable write" : scenario.cost.syncs > 0;
  return {
    cpu: [
      ...change("cpuMs", "single-thread arithmetic", now.cpuMs, before.cpuMs),
      ...(insideAlike
        ? [
            ...change(
              "insideCpuStepsPerS",
              "one thread inside",
              now.insideCpuStepsPerS,
              before.insideCpuStepsPerS,
              true,
            ),
            ...change("allCpusStepsPerS", "all threads inside", now.allCpusStepsPerS, before.allCpusStepsPerS, true),
          ]
        : []),
    ],
    trip: scenario.cost?.roundTrips === 0 ? undefined : trips[0],
    sync: isSynced ? syncs[0] : undefined,
  };
}

/** Returns whether both calibrations hold what a prediction for other hardware needs: cpu speed inside containers. */
export function canPredict(now: Calibration | undefined, before: Calibration | undefined): boolean {
  if (now?.inside === undefined || now.inside !== before?.inside) return false;
  return [now, before].every((one) => one.insideCpuStepsPerS !== undefined && one.allCpusStepsPerS !== undefined);
}

/** Predicts a scenario. `before` is the scenario in the baseline, with the blocks of all its runs. */
export function predict(
  before: MeasuredScenario,
  now: Calibration | undefined,
  then: Calibration | undefined,
  sameHardware: boolean,
): Prediction {
  if (now === undefined || then === undefined || before.blocks.length === 0) return NO_CHANGE;
  const { cpu, trip, sync } = changesOf(before, now, then, sameHardware);
  const changes = [...cpu, ...(trip ? [trip] : []), ...(sync ? [sync] : [])].toSorted(byDistance);
  const parts =
    before.cost === undefined
      ? [{ weight: 1, ...combined(changes) }]
      : partsOf(before, { cpu: combined(cpu), trip, sync });
  const factor = sum(parts, ({ weight, logRatio }) => weight * Math.exp(logRatio));
  // Parts that change in opposite directions cancel in the shift, and their errors do not.
  const distance = Math.max(
    Math.abs(Math.log(factor)),
    sum(parts, ({ weight, logRatio }) => weight * Math.abs(logRatio)),
  );
  const shares = parts.map(({ weight, logRatio, error }) => (weight * Math.exp(logRatio) * error) / factor);
  return {
    shift: Math.max(Math.log(factor), leastShift(before, cpu[0])),
    error: Math.hypot(...shares, MODEL_SHARE * distance, sameHardware ? 0 : HARDWARE_ERROR),
    changes,
  };
}

interface Combined {
  readonly logRatio: number;
  readonly error: number;
}

interface Part extends Combined {
  /** Share of the baseline's latency. */
  readonly weight: number;
}

type Waits = {
  readonly cpu: Combined;
  readonly trip: MachineChange | undefined;
  readonly sync: MachineChange | undefined;
};

/**
 * Splits a latency into round trips and syncs, as counted and measured; the rest is cpu. If round trips and syncs
 * exceed the whole latency (they were measured while something else ran), they are scaled down to it.
 */
function partsOf({ cost, clients, blocks }: MeasuredScenario, { cpu, trip, sync }: Waits): readonly Part[] {
  const latencyMs = (clients * 1000) / median(blocks.map(({ throughput }) => throughput));
  const waits = [
    { change: trip, ms: (cost?.roundTrips ?? 0) * (trip?.beforeMs ?? 0) },
    { change: sync, ms: (cost?.syncs ?? 0) * (sync?.beforeMs ?? 0) },
  ];
  const whole = Math.max(
    latencyMs,
    sum(waits, ({ ms }) => ms),
  );
  const parts = waits.flatMap(({ change, ms }) => (change ? [{ ...change, weight: ms / whole }] : []));
  return [...parts, { ...cpu, weight: 1 - sum(parts, ({ weight }) => weight) }];
}

/**
 * Combines several figures for one thing: their mean, and how much they differ, because it is unknown which of them
 * counts.
 */
function combined(changes: readonly MachineChange[]): Combined {
  if (changes.length === 0) return { logRatio: 0, error: UNKNOWN_ERROR };
  const ratios = changes.map(({ logRatio }) => logRatio);
  const own = Math.hypot(...changes.map(({ error }) => error)) / changes.length;
  return { logRatio: mean(ratios), error: Math.hypot(own, ratios.length > 1 ? Math.sqrt(sampleVariance(ratios)) : 0) };
}

/** X ≤ 1 / D_max: the client's only thread is busy for part of each operation, and N clients share that thread. */
function leastShift({ blocks }: MeasuredScenario, client: MachineChange | undefined): number {
  const busy = median(blocks.map(({ loaderBusy }: Block) => loaderBusy));
  return busy > 0 ? Math.log(busy) + (client?.logRatio ?? 0) : -Infinity;
}

function errorOf({ errors = {} }: Calibration, name: string, least: number): number {
  return Math.max(least, errors[name] ?? UNKNOWN_ERROR);
}

function byDistance(left: MachineChange, right: MachineChange): number {
  return Math.abs(right.logRatio) - Math.abs(left.logRatio);
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
