/** The limits of a scenario's own containers as the cause of a loss, from the kernel's counters. Pure. */
import { percentOf } from "../../core/units.ts";
import type { Block } from "../../core/results/measurement.ts";
import type { Cause } from "../../core/results/verdict.ts";
import type { Circumstances } from "./circumstances.ts";
import { average, middleOf, rounded, waiting, type Suspect } from "./losses.ts";
import type { ContainerUsage, Usage } from "./usage.ts";

/** Smaller shares mean one throttled period more or less in a few blocks, which shows nothing. */
const THROTTLED_NOTABLE = 0.1;
/** Time to read a page of 4 KiB back from an SSD. */
const REREAD_S = 0.0001;
/** Time of one direct reclaim of 32 pages. Source: the kernel's SWAP_CLUSTER_MAX, and 0.5 µs per page. */
const RECLAIM_S = 0.00002;

/** The containers' own limits, from the kernel's cgroup counters. */
export function limitSuspects(circumstances: Circumstances): readonly Suspect[] {
  const { now, before, blocks } = circumstances;
  const sameAs = ({ instance }: ContainerUsage) =>
    before.flatMap(({ containers }) => containers.filter((container) => container.instance === instance));
  const containers = now?.containers ?? [];
  const memory = containers.flatMap((container) => {
    const stalled = stalledMore(container, now, sameAs(container), before);
    return memoryLimit(container, sameAs(container), stalled);
  });
  const [held, usual] = [heldBack(blocks.now), heldBack(blocks.before)];
  if (held === undefined || usual === undefined) {
    return [...containers.flatMap((container) => byPeriods(container, sameAs(container))), ...memory];
  }
  // The share of a block is the largest of its containers': the one that was stopped in most of its periods.
  const [most] = containers.toSorted((left, right) => right.throttled - left.throttled);
  if (most === undefined) return memory;
  return [...cpuLimit(most, sameAs(most), { now: held, before: usual, of: "the time" }), ...memory];
}

function heldBack(blocks: readonly Block[]): number | undefined {
  return middleOf(blocks, ({ machine }) => machine?.heldBack);
}

/** Older runs know in how many periods of the scheduler the limit stopped a container, and not for how long. */
function byPeriods(now: ContainerUsage, before: readonly ContainerUsage[]): readonly Suspect[] {
  const usual = average(before, ({ throttled }) => throttled);
  return cpuLimit(now, before, { now: now.throttled, before: usual, of: "its periods" });
}

/** Shares from 0 to 1. */
interface HeldBack {
  readonly now: number;
  readonly before: number;
  readonly of: "the time" | "its periods";
}

function cpuLimit(now: ContainerUsage, before: readonly ContainerUsage[], held: HeldBack): readonly Suspect[] {
  const more = held.now - held.before;
  if (more < THROTTLED_NOTABLE) return [];
  const limit = lowered(now.cpuLimit, before, ({ cpuLimit }) => cpuLimit);
  const had = limit === undefined ? "" : `, where the limit was ${rounded(limit)}`;
  return [
    {
      kind: "cpu limit",
      explains: waiting(more),
      evidence: `the limit of ${rounded(now.cpuLimit)} cpus held ${now.instance} back in ${percentOf(held.now)} of ${held.of}, in the baseline in ${percentOf(held.before)}${had}`,
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
