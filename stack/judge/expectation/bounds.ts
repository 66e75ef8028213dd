/** What no server can beat: an operation that waits for the network or the disk takes as long as they do. Pure. */
import { median } from "simple-statistics";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, ScenarioResult } from "../../core/results/measurement.ts";

/**
 * How far a result may be beyond a bound. The floor is from samples taken between the blocks, so a bound
 * of 1 would hold on a machine that never changes; a disk whose cache fills, or a neighbour that leaves, changes it. What
 * breaks the law by mistake (a write that is not synced, an answer from a cache) is faster by a factor of ten or more.
 */
const ALLOWANCE = 2;
/** A dd spends some 50 µs on itself: a sync of that length is not told from none, and bounds nothing. */
const SYNC_RESOLUTION_MS = 0.1;
/** The same for a request and its answer: the client's own share of it is 20 to 30 µs. */
const ROUND_TRIP_RESOLUTION_MS = 0.03;

/**
 * Why a result cannot be true; empty where nothing speaks against it. A connection waits for one answer after the other,
 * so it does at most 1 / (round trips × RTT) operations a second and, where the answer waits for a synced write, at most
 * 1 / (syncs × fsync): also with group commit, for a sync that begins before a commit's record is written does not hold
 * it. Throughput of all connections together has no such bound.
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

/** The result with a note for each bound that it breaks. */
export function markImpossible(scenario: ScenarioResult, calibration: Calibration | undefined): ScenarioResult {
  if (scenario.status !== "measured") return scenario;
  const broken = brokenBounds(scenario, calibration);
  return broken.length === 0 ? scenario : { ...scenario, notes: [...scenario.notes, ...broken] };
}

function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString("en-US");
}
