/** Physical bounds: an operation that waits for the network or the disk takes at least as long as they do. Pure. */
import { median } from "simple-statistics";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, ScenarioResult } from "../../core/results/measurement.ts";

/**
 * How far a result may exceed a bound. The minimum durations come from samples taken between the blocks, so a factor of
 * 1 would only hold on a machine that never changes: a disk cache fills, a neighbour stops. Mistakes (a write that is
 * not synced, a read from a cache) are faster by a factor of ten or more.
 */
const ALLOWANCE = 2;
/** A dd needs some 50 µs for itself, so shorter syncs cannot be measured and bound nothing. */
const SYNC_RESOLUTION_MS = 0.1;
/** The same for a round trip: the client's own share is 20 to 30 µs. */
const ROUND_TRIP_RESOLUTION_MS = 0.03;

/**
 * Returns why a result cannot be true; empty if nothing contradicts it. A connection waits for each answer before its
 * next request, so it does at most 1 / (round trips × RTT) operations a second and, if the answer waits for a synced
 * write, at most 1 / (syncs × fsync). Group commit does not change this: a sync that began before a commit's record was
 * written does not hold it. The throughput of all connections together has no such bound.
 */
export function brokenBounds(scenario: MeasuredScenario, calibration: Calibration | undefined): readonly string[] {
  const { cost, clients, blocks, effect, services } = scenario;
  const floors = calibration?.floors;
  if (cost === undefined || floors === undefined || blocks.length === 0) return [];
  const perConnection = median(blocks.map(({ throughput }) => throughput)) / clients;
  const isBeyond = (waits: number, floorMs: number) => perConnection > (ALLOWANCE * 1000) / (waits * floorMs);
  const found: string[] = [];
  const syncMs = floors.syncWriteMs;
  if (
    effect === "durable write" &&
    syncMs !== undefined &&
    syncMs > SYNC_RESOLUTION_MS &&
    isBeyond(cost.syncs, syncMs)
  ) {
    found.push(
      `${rate(perConnection)} commits/s a connection while a synced write takes ${syncMs.toPrecision(2)} ms at least: ` +
        "the service does not sync, or the scenario is wrong",
    );
  }
  const tripMs = floors.publishedRttMs[services[0] ?? ""];
  if (tripMs !== undefined && tripMs > ROUND_TRIP_RESOLUTION_MS && isBeyond(cost.roundTrips, tripMs)) {
    found.push(
      `${rate(perConnection)} operations/s a connection of ${cost.roundTrips} round trip(s) each, while one takes ` +
        `${tripMs.toPrecision(2)} ms at least: the client does not wait for its answers, or the scenario is wrong`,
    );
  }
  return found.map((text) => `impossible: ${text}`);
}

/** Returns the result with a note for each bound that it breaks. */
export function markImpossible(scenario: ScenarioResult, calibration: Calibration | undefined): ScenarioResult {
  if (scenario.status !== "measured") return scenario;
  const broken = brokenBounds(scenario, calibration);
  return broken.length === 0 ? scenario : { ...scenario, notes: [...scenario.notes, ...broken] };
}

function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString("en-US");
}
