/** What the server itself does for an operation, or waits for, as the cause of a loss. Pure. */
import { mean, quantileSorted } from "simple-statistics";
import type { Block } from "../../core/results/measurement.ts";
import type { Circumstances } from "./circumstances.ts";
import { durationMs, longer, middleOf, NOTABLE_RATIO, ratioOf, rounded, type Suspect } from "./losses.ts";
import { changedSettings } from "./settings.ts";

/**
 * How the cpu per operation of a server follows the client's, for a baseline without a measured value: both pay alike
 * for wakeups and for batching. Measured: 0.45 to 0.95.
 */
const ASSUMED_CLIENT_SLOPE = 0.7;

/** An operation that costs more than before; a changed setting is the cause, and the work shows its effect. */
export function serverWork(circumstances: Circumstances): readonly Suspect[] {
  const parts = [...cpuWork(circumstances), ...countedWork(circumstances)].toSorted(
    (left, right) => right.explains - left.explains,
  );
  const [most] = parts;
  if (most === undefined) return [];
  const [service = ""] = circumstances.scenario.services;
  const evidence = parts.slice(0, NAMED_MAXIMUM).map(({ says }) => says);
  return [
    {
      kind: "server work",
      explains: most.explains,
      evidence: evidence.join("; "),
      next: most.next === "logs" ? `npm run logs -- ${service}` : `npm run explain -- ${service}`,
      ...bySettings(circumstances, evidence.join("; ")),
    },
  ];
}

/** Figures in one sentence: nobody reads a longer one. */
const NAMED_MAXIMUM = 3;

interface Part {
  readonly explains: number;
  readonly says: string;
  /** Where to look: what it logs, or how it is configured. */
  readonly next: "logs" | "explain";
}

/**
 * Cpu per operation, beyond what the client's own cpu per operation says of the machine, and without the housekeeping of
 * an idle server: fewer operations a second share it, so each seems to cost more.
 */
function cpuWork({ blocks, controls, idleCores }: Circumstances): readonly Part[] {
  const us = { now: serverCpu(blocks.now, idleCores.now), before: serverCpu(blocks.before, idleCores.before) };
  if (!us.now || !us.before) return [];
  const client = Math.log(ratioOf(clientCpu(blocks.now) || undefined, clientCpu(blocks.before) || undefined));
  const slope = controls?.clientCpu.value ?? ASSUMED_CLIENT_SLOPE;
  const more = Math.log(us.now / us.before) - slope * client;
  if (more <= Math.log(NOTABLE_RATIO)) return [];
  const says = `an operation takes ${rounded(us.now)} µs of cpu, in the baseline ${rounded(us.before)}`;
  return [{ explains: more, says, next: "logs" }];
}

const serverCpu = (blocks: readonly Block[], idleCores: number) =>
  middleOf(blocks, ({ work, throughput }) => work && Math.max(0, work.serverCpuUs - (idleCores * 1e6) / throughput));
const clientCpu = (blocks: readonly Block[]) => middleOf(blocks, ({ work }) => work?.clientCpuUs);

/** Counts below this are rare events, such as one page of a whole block. */
const RARE = 0.05;
/** What counts vary by; bytes of the kernel come in pages and are written back at times of its own choice. */
const COUNTED_RATIO = 1.25;
const BYTES_RATIO = 1.5;
const PAGE_BYTES = 4096;
/** More than in nine of ten blocks of the baseline. */
const USUAL_SHARE = 0.9;

/** Time to read a page from an SSD; from the kernel's cache it takes a tenth of that. */
const PAGE_READ_MS = 0.1;

/** What servers and kernel count. Context switches are left out: other load changes them most. */
function countedWork(circumstances: Circumstances): readonly Part[] {
  const { blocks } = circumstances;
  const names = new Set(blocks.now.flatMap(({ work }) => Object.keys(work?.counted ?? {})));
  return [
    ...[...names].flatMap((name) =>
      more(blocks, ({ work }) => work?.counted?.[name], {
        says: (value) => `${value} ${name}`,
        costMs: costMsOf(name, circumstances),
      }),
    ),
    ...more(blocks, ({ work }) => work?.packets, { says: (value) => `${value} packets` }),
    ...more(blocks, ({ work }) => work?.bytesRead, {
      says: (value) => `${value} bytes read`,
      isBytes: true,
      costMs: PAGE_READ_MS / PAGE_BYTES,
    }),
    ...more(blocks, ({ work }) => work?.bytesWritten, { says: (value) => `${value} bytes written`, isBytes: true }),
  ];
}

/** A server that waits for something else batches less, so these grow too: they explain the time that they take. */
function costMsOf(name: string, { syncs, runs }: Circumstances): number | undefined {
  if (name.includes("sync")) return syncs.own?.nowMs ?? runs.now.calibration?.syncWriteMs;
  return name.includes("pages read") ? PAGE_READ_MS : undefined;
}

interface Counted {
  readonly says: (value: string) => string;
  readonly isBytes?: boolean;
  /** How long one of it takes, where that is known; otherwise it may take the whole of an operation. */
  readonly costMs?: number | undefined;
}

function more(
  blocks: Circumstances["blocks"],
  read: (block: Block) => number | undefined,
  { says, isBytes = false, costMs }: Counted,
): readonly Part[] {
  const [now, before] = [middleOf(blocks.now, read), middleOf(blocks.before, read)];
  if (now === undefined || before === undefined) return [];
  const rare = isBytes ? PAGE_BYTES : RARE;
  const usual = quantileSorted(
    blocks.before.flatMap((block) => read(block) ?? []).toSorted((left, right) => left - right),
    USUAL_SHARE,
  );
  if (now <= before * (isBytes ? BYTES_RATIO : COUNTED_RATIO) + rare || now <= usual) return [];
  const sentence = `${says(rounded(now))} an operation, in the baseline ${rounded(before)}`;
  const latencyMs = mean(blocks.before.map(({ meanMs }) => meanMs));
  const explains =
    costMs === undefined ? Math.log((now + rare) / (before + rare)) : longer((now - before) * costMs, latencyMs);
  return [{ explains, says: sentence, next: "explain" }];
}

/** Other cpu load moves the short end of the latencies by a fifth, for durable writes beside a disk writer by 40 %. */
const SHORTEST_RATIO = { durable: 1.6, other: 1.35 } as const;

/** How much more than server work the shortest operations must show of a loss, for a wait to be its cause. */
const WAIT_OVER_WORK = 1.5;

/** A wait that is far longer than the work explains. */
export function plainWait(circumstances: Circumstances): readonly Suspect[] {
  const [work] = serverWork(circumstances);
  return serverWait(circumstances).filter(({ explains }) => explains > WAIT_OVER_WORK * (work?.explains ?? 0));
}

/**
 * The shortest operations take longer although disk, network and limits, which stand before this one, are as before: the
 * server waits for a lock, or it sleeps. Waits for a cpu make the long operations longer, and the shortest little.
 */
export function serverWait(circumstances: Circumstances): readonly Suspect[] {
  const { scenario, blocks, speed } = circumstances;
  const [now, before] = [blocks.now, blocks.before].map((side) => middleOf(side, ({ p5Ms }) => p5Ms));
  if (now === undefined || before === undefined) return [];
  const slower = Math.max(0, Math.log(ratioOf(speed.now?.cpuMs, speed.before?.cpuMs)));
  const explains = Math.log(now / before) - slower - slowerDisk(circumstances);
  const isDurable = scenario.effect === "durable write";
  if (explains <= Math.log(isDurable ? SHORTEST_RATIO.durable : SHORTEST_RATIO.other)) return [];
  const [service = ""] = scenario.services;
  const shortest = `its shortest operations take ${durationMs(now)}, in the baseline ${durationMs(before)}`;
  const why = `though cpu, disk and network are as before: ${service} waits for a lock or sleeps`;
  return [
    {
      kind: "server wait",
      explains,
      evidence: `${shortest}, ${why}`,
      next: `npm run logs -- ${service}`,
      ...bySettings(circumstances, shortest),
    },
  ];
}

/** Returns the loss of a durable write that a slower disk explains, as synced writes in other containers show it. */
function slowerDisk({ scenario, syncs: { elsewhere }, controls }: Circumstances): number {
  if (scenario.effect !== "durable write" || !elsewhere) return 0;
  return Math.max(0, (controls?.syncElsewhere?.value ?? 1) * Math.log(elsewhere.nowMs / elsewhere.beforeMs));
}

/** A setting that changed is what somebody can act on; the figure shows what it did. */
function bySettings({ scenario, runs }: Circumstances, shows: string): Partial<Suspect> {
  for (const service of scenario.services) {
    const changed = changedSettings(runs.now, runs.before, service);
    if (changed !== undefined) {
      return { kind: "settings", evidence: `${changed}; ${shows}`, next: `npm run explain -- ${service}` };
    }
  }
  return {};
}
