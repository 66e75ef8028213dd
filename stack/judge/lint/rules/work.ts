/** Bounds of the work per operation: what a machine, a cpu limit and a protocol allow at most, or need at least. */
import { sum } from "simple-statistics";
import type { Finding } from "../../../core/results/finding.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../../core/results/measurement.ts";
import { workMetrics, workOf, type WorkMetric } from "../../work.ts";
import type { RecordedScenario } from "../recorded.ts";
import { fourDigits } from "./stated.ts";

/**
 * Checks cpu time, which the kernel counts to the microsecond: containers get no more than their limits, and everybody
 * together no more than the machine has. Findings are `impossible`. A pause of the machine while counters were read can
 * break a bound in some blocks, not in half of them.
 */
export function cpuBounds({ place, scenario, run }: RecordedScenario): readonly Finding[] {
  const checks = [limitOf, machineOf].flatMap((check) => check(scenario, run) ?? []);
  return checks.flatMap(({ says, most, read }) => {
    const broken = scenario.blocks.flatMap((block, index) => {
      const cores = read(block, run.plan.warmupMs);
      return cores !== undefined && cores.value > ALLOWANCE * most ? [`block ${index + 1}: ${cores.text}`] : [];
    });
    if (2 * broken.length <= scenario.blocks.length) return [];
    return [finding("impossible", place, says, [...broken, `at most ${fourDigits(most)} cores`])];
  });
}

/** Clocks and the counters of several containers are not read at one instant. */
const ALLOWANCE = 1.1;

/**
 * A cpu limit is a quota for each period of 100 ms, so a block may hold the quota of one more period at each end. Source:
 * the kernel's documents, scheduler/sched-bwc.
 */
const EDGES_MS = 200;
/** Operations in flight at the end of a window are waited for; few take longer than this many means. */
const DRAIN_MEANS = 4;

interface Check {
  readonly says: string;
  /** In cores. */
  readonly most: number;
  readonly read: (block: Block, warmupMs: number) => { readonly value: number; readonly text: string } | undefined;
}

function limitOf({ services }: MeasuredScenario, { resources, fingerprint }: SmokeRun): Check | undefined {
  const limits = (resources?.containers ?? []).filter(({ service }) => services.includes(service));
  if (limits.length === 0) return undefined;
  return {
    says: "the servers used more cpu than their limits allow",
    most: Math.min(fingerprint.cpus, sum(limits.map(({ cpuLimit }) => cpuLimit))),
    read: (block, warmupMs) => {
      const used = serverCores(block, warmupMs);
      return used && { value: used.cores, text: used.text };
    },
  };
}

function machineOf(_scenario: MeasuredScenario, { resources, fingerprint }: SmokeRun): Check {
  return {
    says: "servers, client and others used more cpu than the machine has",
    most: fingerprint.cpus,
    read: (block, warmupMs) => {
      const used = serverCores(block, warmupMs);
      if (used === undefined) return undefined;
      // A client outside of a virtual machine uses none of its cpus.
      const client = resources?.clientInside === true ? block.loaderCpu * used.share : 0;
      const others = block.machine?.otherCores ?? 0;
      const text = `${used.text}, + ${fourDigits(client)} of the client + ${fourDigits(others)} of others`;
      return { value: used.cores + client + others, text };
    },
  };
}

/**
 * Returns the least number of cores that the servers can have used: the cpu of the window's operations alone, over all
 * the time in which it can have been used.
 */
function serverCores({ work, operations, throughput, meanMs, p95Ms = meanMs }: Block, warmupMs: number) {
  if (work === undefined) return undefined;
  const windowMs = (1000 * operations) / throughput;
  const allMs = warmupMs + windowMs + EDGES_MS + Math.max(p95Ms, DRAIN_MEANS * meanMs);
  const cores = (work.serverCpuUs * operations) / 1000 / allMs;
  const text = `${fourDigits(work.serverCpuUs)} µs × ${operations} operations / ${fourDigits(allMs)} ms = ${fourDigits(cores)} cores`;
  return { cores, share: windowMs / allMs, text };
}

/**
 * Checks counts of servers and kernel against what a durable write or a round trip needs at least. Findings are
 * `suspicious`: either the service does not do what the scenario says, or a counter misses a part of it.
 */
export function countBounds({ place, scenario, run }: RecordedScenario): readonly Finding[] {
  return [...(isDurable(scenario) ? durableBounds(place, scenario, run) : []), ...packetBound(place, scenario)];
}

/** Counters that are updated late miss a part of a block and have it in the next; over all blocks little is missing. */
const COUNTED_SHARE = 0.5;

function isDurable({ effect, cost }: MeasuredScenario): boolean {
  return effect === "durable write" && (cost?.syncs ?? 0) > 0;
}

/** They compress: a log that is written takes fewer bytes of the device. */
const COMPRESSING: ReadonlySet<string> = new Set(["btrfs", "zfs"]);

/** "WAL bytes", "redo log bytes": what a server appends to the log that it syncs. */
const LOGGED = /\b(?:WAL|log) bytes per operation$/i;

function durableBounds(place: string, scenario: MeasuredScenario, { fingerprint }: SmokeRun): readonly Finding[] {
  const { clients, blocks, cost: { syncs = 0 } = {} } = scenario;
  const found: Finding[] = [];
  const synced = meanOf(blocks, "synced writes per operation");
  // Group commit: one synced write serves those who wait at that moment, each client with one operation at most.
  // Source: DeWitt et al., Implementation techniques for main memory database systems, SIGMOD 1984.
  if (synced !== undefined && synced < (COUNTED_SHARE * syncs) / clients) {
    found.push(
      finding("suspicious", place, "fewer synced writes than group commit of all clients needs", [
        `${fourDigits(synced)} an operation < ${COUNTED_SHARE} × ${syncs} / ${clients} clients`,
      ]),
    );
  }
  const logged = workMetrics(blocks).find((metric) => LOGGED.test(metric));
  const log = logged && meanOf(blocks, logged);
  // How much of its data an operation logs is up to the server: PostgreSQL leaves out what an update did not change.
  if (log !== undefined && log < 1) {
    found.push(
      finding("suspicious", place, "durable writes that leave nothing in the log", [
        `${fourDigits(log)} bytes an operation`,
      ]),
    );
  }
  const written = meanOf(blocks, "bytes written per operation");
  // Nothing at all was written where the kernel does not attribute writes to containers, such as on a network volume.
  const isAttributed = written !== undefined && written > 0 && !COMPRESSING.has(fingerprint.storageDriver);
  // A log that is synced reaches the device in whole blocks, at least once.
  if (log !== undefined && isAttributed && written < COUNTED_SHARE * log) {
    found.push(
      finding("suspicious", place, "fewer bytes reached the device than were logged and synced", [
        `${fourDigits(written)} bytes written < ${COUNTED_SHARE} × ${fourDigits(log)} bytes logged, an operation`,
      ]),
    );
  }
  return found;
}

/**
 * A round trip takes one packet each way. In a closed loop a client waits for its answer, so that a packet can carry
 * requests of other clients of the same connection, and none of its own next ones.
 */
function packetBound(place: string, { clients, blocks, cost, ratePerS }: MeasuredScenario): readonly Finding[] {
  const packets = meanOf(blocks, "packets per operation");
  const trips = cost?.roundTrips ?? 0;
  if (packets === undefined || ratePerS !== undefined || packets >= (COUNTED_SHARE * 2 * trips) / clients) return [];
  return [
    finding("suspicious", place, "fewer packets than round trips", [
      `${fourDigits(packets)} an operation < ${COUNTED_SHARE} × 2 × ${fourDigits(trips)} round trips / ${clients} clients`,
    ]),
  ];
}

/** Returns the mean over the operations of all blocks; undefined if a block lacks the figure. */
function meanOf(blocks: readonly Block[], metric: WorkMetric): number | undefined {
  const known = blocks.flatMap(({ work, operations }) => {
    const value = work && workOf(work, metric);
    return value === undefined ? [] : [{ value, operations }];
  });
  if (known.length === 0 || known.length < blocks.length) return undefined;
  return sum(known.map(({ value, operations }) => value * operations)) / sum(known.map(({ operations }) => operations));
}

function finding(severity: Finding["severity"], place: string, says: string, arithmetic: readonly string[]): Finding {
  return { rule: "bounds of work", severity, place, lines: [], says, arithmetic: [...arithmetic] };
}
