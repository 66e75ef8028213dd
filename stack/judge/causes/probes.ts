/** Disk and network as the cause of a loss, by probes of their own between the blocks. Pure. */
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import type { Circumstances } from "./circumstances.ts";
import { dockerOf, durationMs, longer, NOTABLE_RATIO, type Suspect } from "./losses.ts";

/** How much slower a service's own synced writes must have become than others' to be slow by themselves. */
const OWN_NOTABLE_RATIO = 1.5;

/** Disk and network, by the minimum durations of the probes. A disk that is slow for all is left out if predicted. */
export function probeSuspects(circumstances: Circumstances): readonly Suspect[] {
  const { scenario, latencyMs, floors } = circumstances;
  const [service = ""] = scenario.services;
  const trip = slowerProbe(floors.now.tripMs, floors.before.tripMs);
  const trips = costOf(scenario).roundTrips;
  const disk = isOwnDisk(circumstances)
    ? ownDisk(circumstances)
    : isPredicted(circumstances)
      ? []
      : wholeDisk(circumstances);
  if (!trip || trips === 0) return disk;
  const network: Suspect = {
    kind: "network",
    explains: longer(trips * trip.moreMs, latencyMs),
    evidence: `a round trip to ${service} takes at least ${trip.text}`,
    next: "npm run doctor, and compare with a client inside the container (`docker exec`)",
  };
  return [...disk, network];
}

/**
 * A rate-limited disk lets most writes through at once and then stops for a while: only the mean of the writes shows
 * it. A disk whose slowness the expectation includes may still be slower than predicted, so it comes here, after all
 * that the prediction does not know.
 */
export function limitedDisk(circumstances: Circumstances): readonly Suspect[] {
  const { now, before } = circumstances.meanSyncMs;
  const limited = diskSuspects(circumstances, now, before, "takes on average");
  return isPredicted(circumstances) && !isOwnDisk(circumstances) ? [...limited, ...wholeDisk(circumstances)] : limited;
}

/** Whether the expectation already includes a synced write's time elsewhere on the disk. */
function isPredicted({ controls, syncs: { elsewhere } }: Circumstances): boolean {
  return controls?.syncElsewhere !== undefined && elsewhere !== undefined;
}

function isOwnDisk({ syncs: { own, elsewhere } }: Circumstances): boolean {
  if (!own || !elsewhere) return false;
  return own.nowMs / own.beforeMs > OWN_NOTABLE_RATIO * Math.max(1, elsewhere.nowMs / elsewhere.beforeMs);
}

/** Slow in the service's own container only: an io limit of the container, or another disk below its volume. */
function ownDisk({ scenario, latencyMs, syncs: { own, elsewhere }, now }: Circumstances): readonly Suspect[] {
  const { syncs } = costOf(scenario);
  if (!own || !elsewhere || syncs === 0) return [];
  const expectedMs = own.beforeMs * Math.max(1, elsewhere.nowMs / elsewhere.beforeMs);
  const { service } = own;
  const instance = now?.containers.find((container) => container.service === service)?.instance ?? service;
  return [
    {
      kind: "disk sync",
      explains: longer(syncs * (own.nowMs - expectedMs), latencyMs),
      evidence: `a synced write in ${service}'s container takes ${durationMs(own.nowMs)}, in the baseline ${durationMs(own.beforeMs)}; in other containers ${durationMs(elsewhere.nowMs)}, in the baseline ${durationMs(elsewhere.beforeMs)}: its own limit or volume is slow, not the disk`,
      next: dockerOf("inspect", instance),
    },
  ];
}

/** By the shortest synced write in one container, which may be another service's: not if this service's are as before. */
function wholeDisk(circumstances: Circumstances): readonly Suspect[] {
  const { floors, syncs } = circumstances;
  if (syncs.own && syncs.own.nowMs / syncs.own.beforeMs <= NOTABLE_RATIO) return [];
  return diskSuspects(circumstances, floors.now.syncMs, floors.before.syncMs, "takes at least");
}

function diskSuspects(
  { scenario, latencyMs, syncs: { elsewhere } }: Circumstances,
  nowMs: number | undefined,
  beforeMs: number | undefined,
  takes: string,
): readonly Suspect[] {
  const { syncs } = costOf(scenario);
  const sync = slowerProbe(nowMs, beforeMs);
  if (!sync || syncs === 0) return [];
  const isEverywhere = elsewhere !== undefined && elsewhere.nowMs / elsewhere.beforeMs > NOTABLE_RATIO;
  return [
    {
      kind: "disk sync",
      explains: longer(syncs * sync.moreMs, latencyMs),
      evidence: `a synced write of 8 KiB ${takes} ${sync.text}${isEverywhere ? "; it is slow for all services" : ""}`,
      next: "npm run doctor, and see what else writes (`iostat -x 1`)",
    },
  ];
}

function costOf({ cost, effect }: MeasuredScenario): { readonly roundTrips: number; readonly syncs: number } {
  return cost ?? { roundTrips: 1, syncs: effect === "durable write" ? 1 : 0 };
}

/** Returns the change of a duration that is notably longer than before. */
function slowerProbe(now: number | undefined, before: number | undefined) {
  if (now === undefined || before === undefined || now / before <= NOTABLE_RATIO) return undefined;
  return { moreMs: now - before, text: `${durationMs(now)}, in the baseline ${durationMs(before)}` };
}
