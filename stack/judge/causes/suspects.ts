/** The machine, the client and the settings as the cause of a loss. Pure. */
import { mean } from "simple-statistics";
import type { Block } from "../../core/results/measurement.ts";
import { otherCoresOf } from "../controls/readings.ts";
import { clientLimitOf } from "../verdict/conditions.ts";
import type { Circumstances } from "./circumstances.ts";
import { average, middleOf, NOTABLE_RATIO, ratioOf, rounded, waiting, type Suspect } from "./losses.ts";
import { changedSettings } from "./settings.ts";
import type { Usage } from "./usage.ts";

/** Below this, the cores are what the scheduler gives to other processes on any machine. */
export const OTHERS_NOTABLE_CORES = 0.1;
/** Threads that wait for a cpu, more than in the baseline, from which on a cpu is missing. */
const WAITING_NOTABLE = 0.25;

/**
 * Other processes, and other machines of the same hypervisor: the cpu they take is counted, its effect on this process
 * is timed.
 */
export function otherLoad(circumstances: Circumstances): readonly Suspect[] {
  const { cpus } = circumstances;
  const { counted, timed, takenCores, usualCores } = takenByOthers(circumstances);
  const takes = `single-thread arithmetic takes ${Math.exp(timed).toFixed(2)} times as long`;
  const isTimed = timed > Math.log(NOTABLE_RATIO);
  const head = { kind: "other load", next: "npm run doctor, and see what else runs (`top`, `docker stats`)" } as const;
  if (counted > 0) {
    const who = whoElse(circumstances);
    const named = who.length === 0 ? "" : ` (${who.join(", ")})`;
    const evidence = `others than this stack use ${rounded(takenCores)} of ${cpus} cpus${named}, in the baseline ${rounded(usualCores)}${isTimed ? `; ${takes}` : ""}`;
    return [{ ...head, explains: Math.max(counted, timed), evidence }];
  }
  return isTimed ? [{ ...head, explains: timed, evidence: `${takes} as in the baseline` }] : [];
}

/** Neighbours named in one sentence. */
const NAMED_MAXIMUM = 3;

/** Who takes the cpu, as far as it can be seen: "cc1 0.6", "the hypervisor 0.5", "inside queue's container 1.5". */
function whoElse({ scenario, now, loads, runs }: Circumstances): readonly string[] {
  const steal = now?.machine.stealCores ?? 0;
  const inside = loads.filter(({ service }) => !scenario.services.includes(service));
  return [
    ...(steal >= OTHERS_NOTABLE_CORES ? [`the hypervisor ${rounded(steal)}`] : []),
    ...inside.map(({ instance, usedCores }) => `inside ${instance}'s container ${rounded(usedCores)}`),
    ...(runs.now.resources?.neighbours ?? []).map(({ name, cores }) => `${name} ${rounded(cores)}`),
  ].slice(0, NAMED_MAXIMUM);
}

/**
 * Returns two losses on the log scale: what the cpu share of other processes explains (counted), and what this process
 * lost to them (timed). A process that always has work also takes the cpu that this stack leaves idle while it waits
 * for a disk. So if the client is on the same machine, cpu counts only if it was seen to be missing: by arithmetic in
 * this process, in a container, which may have a smaller weight, or by threads of the servers that waited for a cpu.
 */
export function takenByOthers(circumstances: Circumstances) {
  const { before, cpus, speed, runs } = circumstances;
  const { takenCores, usualCores } = takenCoresOf(circumstances);
  const timed = Math.log(ratioOf(speed.now?.cpuMs, speed.before?.cpuMs));
  const inside = Math.log(ratioOf(speed.before?.insideCpuStepsPerS, speed.now?.insideCpuStepsPerS));
  const isSlower = Math.max(timed, inside) > Math.log(NOTABLE_RATIO);
  const isMissed = !runs.now.resources?.clientInside || isSlower || isWaitedFor(circumstances);
  const isMore = before.length > 0 && takenCores - usualCores >= OTHERS_NOTABLE_CORES;
  const left = (cores: number) => -waiting(cores / cpus);
  return {
    takenCores,
    usualCores,
    counted: isMore && isMissed ? left(usualCores) - left(takenCores) : 0,
    timed,
  };
}

/** Counted in the blocks themselves; in older runs between the samples that enclose them. */
function takenCoresOf({ now, before, blocks }: Circumstances) {
  const [inBlocks, usual] = [takenIn(blocks.now), takenIn(blocks.before)];
  return inBlocks === undefined || usual === undefined
    ? { takenCores: now ? taken(now) : 0, usualCores: average(before, taken) }
    : { takenCores: inBlocks, usualCores: usual };
}

/** Returns the mean cpu that all but client and servers took in these blocks; undefined if none knows. */
export function takenIn(blocks: readonly Block[]): number | undefined {
  const known = blocks.flatMap((block) => otherCoresOf(block) ?? []);
  return known.length === 0 ? undefined : mean(known);
}

function isWaitedFor({ blocks }: Circumstances): boolean {
  const [now, before] = [blocks.now, blocks.before].map((side) =>
    middleOf(side, ({ machine }) => machine?.serverWaiting),
  );
  return now !== undefined && before !== undefined && now - before >= WAITING_NOTABLE;
}

function taken({ machine }: Usage): number {
  return machine.otherCores + machine.stealCores;
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
