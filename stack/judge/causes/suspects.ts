/**
 * What can make a scenario slow: each suspect with the figures that show it, and how much of the loss it can explain.
 * Pure.
 */
import { percentOf } from "../../core/units.ts";
import type { Cause } from "../../core/results/verdict.ts";
import { mean } from "simple-statistics";
import type { Circumstances } from "./circumstances.ts";
import { clientLimitOf } from "../verdict/conditions.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import { changedSettings } from "./settings.ts";
import type { ContainerUsage, Usage } from "./usage.ts";

export interface Suspect extends Cause {
  /** The largest loss that it can explain, on the log scale. */
  readonly explains: number;
}

/** Smaller shares mean one throttled period more or less in a few blocks, which shows nothing. */
const THROTTLED_NOTABLE = 0.1;
/** Time to read a page of 4 KiB back from an SSD. */
const REREAD_S = 0.0001;
/** Time of one direct reclaim of 32 pages. Source: the kernel's SWAP_CLUSTER_MAX, and 0.5 µs per page. */
const RECLAIM_S = 0.00002;
/** Caps a waiting share: one close to 1 would explain an unlimited loss. */
const SHARE_MAXIMUM = 0.98;

/** The containers' own limits, from the kernel's cgroup counters. */
export function limitSuspects({ now, before }: Circumstances): readonly Suspect[] {
  return (now?.containers ?? []).flatMap((container) => {
    const same = before.flatMap(({ containers }) =>
      containers.filter(({ instance }) => instance === container.instance),
    );
    const stalled = stalledMore(container, now, same, before);
    return [...cpuLimit(container, same), ...memoryLimit(container, same, stalled)];
  });
}

function cpuLimit(now: ContainerUsage, before: readonly ContainerUsage[]): readonly Suspect[] {
  const usual = average(before, ({ throttled }) => throttled);
  const more = now.throttled - usual;
  if (more < THROTTLED_NOTABLE) return [];
  const limit = lowered(now.cpuLimit, before, ({ cpuLimit }) => cpuLimit);
  const had = limit === undefined ? "" : `, where the limit was ${rounded(limit)}`;
  return [
    {
      kind: "cpu limit",
      explains: waiting(more),
      evidence: `the limit of ${rounded(now.cpuLimit)} cpus held ${now.instance} back in ${percentOf(now.throttled)} of its periods, in the baseline in ${percentOf(usual)}${had}`,
      next: limit === undefined ? `npm run explain -- ${now.service}` : "npm run up, which puts limits right",
    },
  ];
}

/** Below this rate, reads are what any server reads back after a pause. */
const REREAD_NOTABLE_PER_S = 10;

/**
 * Returns how much the share of time in which tasks waited for memory has grown. It is the container's share if the
 * kernel reports one; otherwise the machine's, for a container that read pages back meanwhile.
 */
function stalledMore(
  container: ContainerUsage,
  now: Usage | undefined,
  same: readonly ContainerUsage[],
  before: readonly Usage[],
): number {
  if (container.stalledMemory !== undefined) {
    return container.stalledMemory - average(same, ({ stalledMemory }) => stalledMemory ?? 0);
  }
  if (container.pagesRereadPerS < REREAD_NOTABLE_PER_S) return 0;
  return (now?.machine.stalledMemory ?? 0) - average(before, ({ machine }) => machine.stalledMemory ?? 0);
}

function memoryLimit(now: ContainerUsage, before: readonly ContainerUsage[], stalled: number): readonly Suspect[] {
  const limit = lowered(now.memoryLimitMib, before, ({ memoryLimitMib }) => memoryLimitMib);
  const had = limit === undefined ? "" : `, where the limit was ${Math.round(limit)} MiB`;
  const head = {
    kind: "memory limit",
    next: limit === undefined ? `npm run explain -- ${now.service}` : "npm run up, which puts limits right",
  } as const;
  const memory = `the limit of ${Math.round(now.memoryLimitMib)} MiB of ${now.instance}`;
  if (now.oomKills > 0) {
    return [{ ...outOfMemory({ ...now, killed: now.oomKills }), explains: Number.POSITIVE_INFINITY }];
  }
  const hits = now.limitHitsPerS - average(before, ({ limitHitsPerS }) => limitHitsPerS);
  const reread = now.pagesRereadPerS - average(before, ({ pagesRereadPerS }) => pagesRereadPerS);
  const lost = Math.max(stalled, reread * REREAD_S + hits * RECLAIM_S);
  if (lost <= 0) return [];
  const waited = stalled > 0 ? `, tasks waited for memory in ${percentOf(stalled)} of the time more` : "";
  const evidence = `${memory} was hit ${rounded(now.limitHitsPerS)} times a second, and ${rounded(now.pagesRereadPerS)} pages a second had to be read again, more than in the baseline by ${rounded(hits)} and ${rounded(reread)}${waited}${had}`;
  return [{ ...head, explains: waiting(lost), evidence }];
}

/** The kernel killed processes of a container because it reached its memory limit and nothing could be reclaimed. */
export function outOfMemory({
  instance,
  service,
  memoryLimitMib,
  killed,
}: Pick<ContainerUsage, "instance" | "service" | "memoryLimitMib"> & { readonly killed: number }): Cause {
  return {
    kind: "memory limit",
    evidence: `the limit of ${Math.round(memoryLimitMib)} MiB of ${instance} made the kernel end ${killed} of its processes`,
    next: `npm run explain -- ${service}, and npm run up, which puts limits right`,
  };
}

/** Below this, the cores are what the scheduler gives to other processes on any machine. */
const OTHERS_NOTABLE_CORES = 0.1;
/** A smaller change of the machine's speed is not worth naming as a cause. */
export const NOTABLE_RATIO = 1.15;

/**
 * Other processes, and other machines of the same hypervisor: the cpu they take is counted, its effect on this process
 * is timed.
 */
export function otherLoad(circumstances: Circumstances): readonly Suspect[] {
  const { cpus, now } = circumstances;
  const { counted, timed, takenCores, usualCores } = takenByOthers(circumstances);
  const takes = `single-thread arithmetic takes ${Math.exp(timed).toFixed(2)} times as long`;
  const isTimed = timed > Math.log(NOTABLE_RATIO);
  const head = { kind: "other load", next: "npm run doctor, and see what else runs (`top`, `docker stats`)" } as const;
  if (now && counted > 0) {
    const steal =
      now.machine.stealCores >= OTHERS_NOTABLE_CORES ? ` (the hypervisor ${rounded(now.machine.stealCores)})` : "";
    const evidence = `others than this stack use ${rounded(takenCores)} of ${cpus} cpus${steal}, in the baseline ${rounded(usualCores)}${isTimed ? `; ${takes}` : ""}`;
    return [{ ...head, explains: Math.max(counted, timed), evidence }];
  }
  return isTimed ? [{ ...head, explains: timed, evidence: `${takes} as in the baseline` }] : [];
}

/**
 * Returns two losses on the log scale: what the cpu share of other processes explains (counted), and what this process
 * lost to them (timed). A process that always has work also takes the cpu that this stack leaves idle while it waits
 * for a disk. So if the client is on the same machine, cpu counts only if it was seen to be missing: by arithmetic in
 * this process, or in a container, which may have a smaller weight.
 */
export function takenByOthers({ now, before, cpus, speed, runs }: Circumstances) {
  const takenCores = now ? taken(now) : 0;
  const usualCores = average(before, taken);
  const left = (cores: number) => Math.max(cpus - cores, (1 - SHARE_MAXIMUM) * cpus);
  const timed = Math.log(ratioOf(speed.now?.cpuMs, speed.before?.cpuMs));
  const inside = Math.log(ratioOf(speed.before?.insideCpuStepsPerS, speed.now?.insideCpuStepsPerS));
  const isMissed = !runs.now.resources?.clientInside || Math.max(timed, inside) > Math.log(NOTABLE_RATIO);
  const isMore = before.length > 0 && takenCores - usualCores >= OTHERS_NOTABLE_CORES;
  return {
    takenCores,
    usualCores,
    counted: isMore && isMissed ? Math.log(left(usualCores) / left(takenCores)) : 0,
    timed,
  };
}

function taken({ machine }: Usage): number {
  return machine.otherCores + machine.stealCores;
}

/** Disk and network, by the minimum durations of the probes between the blocks. */
export function probeSuspects(circumstances: Circumstances): readonly Suspect[] {
  const { scenario, latencyMs, floors } = circumstances;
  const [service = ""] = scenario.services;
  const trip = slowerProbe(floors.now.tripMs, floors.before.tripMs);
  const trips = costOf(scenario).roundTrips;
  const disk = diskSuspects(circumstances, floors.now.syncMs, floors.before.syncMs, "takes at least");
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
 * it.
 */
export function limitedDisk(circumstances: Circumstances): readonly Suspect[] {
  const { now, before } = circumstances.meanSyncMs;
  return diskSuspects(circumstances, now, before, "takes on average");
}

function diskSuspects(
  { scenario, latencyMs }: Circumstances,
  nowMs: number | undefined,
  beforeMs: number | undefined,
  takes: string,
): readonly Suspect[] {
  const { syncs } = costOf(scenario);
  const sync = slowerProbe(nowMs, beforeMs);
  if (!sync || syncs === 0) return [];
  return [
    {
      kind: "disk sync",
      explains: longer(syncs * sync.moreMs, latencyMs),
      evidence: `a synced write of 8 KiB ${takes} ${sync.text}`,
      next: "npm run doctor, and see what else writes (`iostat -x 1`)",
    },
  ];
}

function costOf({ cost, effect }: MeasuredScenario): { readonly roundTrips: number; readonly syncs: number } {
  return cost ?? { roundTrips: 1, syncs: effect === "durable write" ? 1 : 0 };
}

/** The client set the pace, in the baseline too. A client limit that is new gives no verdict at all. */
export function clientSuspects({ scenario, speed, runs }: Circumstances): readonly Suspect[] {
  const limit = clientLimitOf(scenario, runs.now.calibration);
  if (limit === undefined || speed.now === undefined) return [];
  const next = "npm run bench again, with nothing else running on this computer";
  return [{ kind: "client", explains: Number.POSITIVE_INFINITY, evidence: limit, next }];
}

/** Settings of one of the scenario's services that differ from the baseline's. */
export function settingSuspects({ scenario, runs }: Circumstances): readonly Suspect[] {
  return scenario.services.flatMap((service) => {
    const evidence = changedSettings(runs.now, runs.before, service);
    if (evidence === undefined) return [];
    return [{ kind: "settings", explains: Number.POSITIVE_INFINITY, evidence, next: `npm run explain -- ${service}` }];
  });
}

/** Returns the change of a duration that is notably longer than before. */
function slowerProbe(now: number | undefined, before: number | undefined) {
  if (now === undefined || before === undefined || now / before <= NOTABLE_RATIO) return undefined;
  return { moreMs: now - before, text: `${durationMs(now)}, in the baseline ${durationMs(before)}` };
}

/** Returns the loss, on the log scale, of an operation that takes `moreMs` longer. */
function longer(moreMs: number, latencyMs: number): number {
  return Math.log1p(moreMs / latencyMs);
}

/** Returns the loss, on the log scale, of waiting for this share of the time. */
function waiting(share: number): number {
  return -Math.log1p(-Math.min(share, SHARE_MAXIMUM));
}

/** Returns the earlier limit if it is lower now. */
function lowered(
  now: number,
  before: readonly ContainerUsage[],
  read: (usage: ContainerUsage) => number,
): number | undefined {
  const was = average(before, read);
  return was > now * LIMIT_TOLERANCE ? was : undefined;
}

/** Limits are rounded to pages and to steps of 16 MiB. */
const LIMIT_TOLERANCE = 1.05;

function ratioOf(now: number | undefined, before: number | undefined): number {
  return now === undefined || before === undefined ? 1 : now / before;
}

function average<T>(values: readonly T[], read: (value: T) => number): number {
  return values.length === 0 ? 0 : mean(values.map(read));
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(2)));
}

function durationMs(ms: number): string {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toPrecision(2)} ms`;
}
