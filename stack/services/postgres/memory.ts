/** How PostgreSQL's memory limit is divided among its consumers. Pure. */
import { PlumblineError } from "../../core/errors.ts";
import type { NeedsInput, TuneInput } from "../../core/service/service.ts";
import { bytes, formatBytes, GIB, gib, KIB, MIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import { maxConnections, pooledBackends, PREPARED_STATEMENTS } from "../kit/postgresql/connections.ts";

/** M = 0.8 · L: a fifth of the limit is left for bursts and for the page cache, which counts towards the limit too. */
export const TUNED_FRACTION = 0.8;

/** Share of the limit for all consumers in the worst case, so that the kernel never has to kill one. */
export const SAFE_FRACTION = 0.9;

/** Private memory and page tables of a connected backend: 1.6 MiB measured on 18.6 under pgbench, rounded up. */
export const BACKEND = mib(2);

/**
 * Postmaster, checkpointer, writers, launchers and io workers: 22 MiB measured on 18.6, rounded up, with the table of
 * pg_stat_statements.
 */
export const SERVER = mib(32);

/** Keeps a few thousand short rows in memory while they are sorted. PostgreSQL accepts 64 kB. */
export const LEAST_WORK_MEM = bytes(256 * KIB);

/** pgtune: from 4 MB on the sorts of simple queries stay in memory. */
const AMPLE_WORK_MEM = mib(4);

/** temp_buffers: PostgreSQL's least, 100 blocks, and its default. A session keeps those that it used until it ends. */
const LEAST_TEMP_BUFFERS = bytes(800 * KIB);
const MOST_TEMP_BUFFERS = mib(8);

/** One prepared statement with its generic plan: 16 KiB for a look-up by key, 33 KiB for a join of two tables (18.6). */
const PLAN = bytes(24 * KIB);

/** Every process that reads all of shared_buffers has page tables for it: 8 bytes for each page of 4 KiB. */
const PAGE_TABLES = 8 / (4 * KIB);

/** From this number of processes on, shared_buffers shrinks, so that their page tables stay below half of it. */
const MANY_PROCESSES = 256;

/** pgtune: shared_buffers is a quarter of M. */
const SHARED_FRACTION = 1 / 4;

/** The server's default of max_worker_processes, which pgtune keeps below 4 cpus. */
const DEFAULT_WORKERS = 8;

/** The server's default of autovacuum_max_workers. */
export const AUTOVACUUM_WORKERS = 3;

/**
 * WAL is written at the latest when 16 MB, one segment, are full, so larger buffers do not help (PostgreSQL,
 * wal_buffers).
 */
const MOST_WAL_BUFFERS = mib(16);
const LEAST_WAL_BUFFERS = bytes(64 * KIB);

/** pgtune's cap: more does not make index builds faster. */
const MOST_MAINTENANCE = gib(8);

/** The server's default of hash_mem_multiplier. */
export const HASH_MEM_MULTIPLIER = 2;

/** pgtune's 3 portions of work_mem per process, all of which the worst case counts. */
export const PORTIONS = portionsFor(HASH_MEM_MULTIPLIER);

/** The budget's own grain, so that the budget can give a floor exactly. */
const GRAIN = mib(16);

export interface Division {
  readonly limit: Bytes;
  readonly tuned: Bytes;
  readonly sharedBuffers: Bytes;
  readonly walBuffers: Bytes;
  readonly maintenance: Bytes;
  readonly autovacuum: Bytes;
  readonly workMem: Bytes;
  readonly tempBuffers: Bytes;
  /** What limited work_mem. */
  readonly workMemBound: "pgtune" | "sum";
  readonly maxConnections: number;
  readonly workers: number;
  /** Processes that may each use work_mem. */
  readonly processes: number;
  /** All consumers in the worst case; at most `SAFE_FRACTION` of the limit. */
  readonly worst: Bytes;
}

const LEAST_WORKERS = 4;

/** pgtune: one worker process per cpu from 4 cpus on, the server's default below. */
export function workerProcesses(cpus: number): number {
  const whole = Math.ceil(cpus);
  return whole < 4 ? DEFAULT_WORKERS : whole;
}

/**
 * Returns the limit at which every process can have `AMPLE_WORK_MEM` in all its portions: with more connections, more
 * memory is useful.
 */
export function roomToSort(input: NeedsInput): Bytes {
  return limitFor(input, AMPLE_WORK_MEM);
}

/** Returns the smallest limit at which every process can have `LEAST_WORK_MEM` in addition to everything else. */
export function floor(input: NeedsInput): Bytes {
  return limitFor(input, LEAST_WORK_MEM);
}

/** Solves worst case = 0.9 · L for L, with the most that is fixed and with every part that is a fraction of L. */
function limitFor({ machine, workload }: NeedsInput, workMem: Bytes): Bytes {
  const connections = maxConnections(machine.cpus, workload);
  const processes = connections + Math.max(DEFAULT_WORKERS, Math.ceil(machine.cpus));
  const own = processes * (BACKEND + PORTIONS * workMem) + connections * tempBuffersFor(workMem);
  const fixed = SERVER + MOST_WAL_BUFFERS + plansOf(machine.cpus) + own;
  // Most at this number; with fewer workers, as a smaller share of the cpus has, it may be nearer to it.
  const costliest = Math.min(Math.max(MANY_PROCESSES, connections + LEAST_WORKERS), processes);
  const shared = sharedFraction(costliest) * (1 + costliest * PAGE_TABLES);
  // Index builds and autovacuum each use maintenance_work_mem.
  const proportional = TUNED_FRACTION * (shared + 2 * maintenanceFraction(workload));
  return bytes(Math.ceil(fixed / (SAFE_FRACTION - proportional) / GRAIN) * GRAIN);
}

/**
 * Divides a limit. work_mem follows pgtune, but is reduced if all portions of all processes together would exceed the
 * limit. Throws BUDGET_IMPOSSIBLE below the floor.
 */
export function divide({ share, machine, workload }: TuneInput): Division {
  const limit = share.memory;
  const tuned = bytes(TUNED_FRACTION * limit);
  const connections = maxConnections(machine.cpus, workload);
  const workers = workerProcesses(share.cpus);
  const processes = connections + workers;
  const sharedBuffers = roundDown(bytes(tuned * sharedFraction(processes)), mib(1));
  const walBuffers = roundDown(between(LEAST_WAL_BUFFERS, bytes(sharedBuffers / 32), MOST_WAL_BUFFERS), bytes(8 * KIB));
  const maintenance = roundDown(bytes(Math.min(MOST_MAINTENANCE, tuned * maintenanceFraction(workload))), mib(1));
  const autovacuum = roundDown(bytes(maintenance / AUTOVACUUM_WORKERS), mib(1));
  const autovacuumWorkers = AUTOVACUUM_WORKERS;
  const parts = { sharedBuffers, walBuffers, maintenance, autovacuum, autovacuumWorkers, processes };
  const fixed = fixedMemory(parts, machine.cpus);
  const fair = ((tuned - sharedBuffers) / (processes * PORTIONS)) * workMemFactor(workload);
  const safe = affordable(SAFE_FRACTION * limit - fixed, processes, connections);
  if (safe < LEAST_WORK_MEM) throw tooSmall(limit, processes, { machine, workload });
  const workMem = roundDown(bytes(Math.min(fair, safe)), bytes(64 * KIB));
  const tempBuffers = tempBuffersFor(workMem);
  return {
    limit,
    tuned,
    sharedBuffers,
    walBuffers,
    maintenance,
    autovacuum,
    workMem,
    tempBuffers,
    workMemBound: fair <= safe ? "pgtune" : "sum",
    maxConnections: connections,
    workers,
    processes,
    worst: bytes(fixed + sessionMemory({ processes, connections, portions: PORTIONS, workMem, tempBuffers })),
  };
}

/** Consumers that take their memory whatever the sessions do. Sizes in bytes. */
export interface FixedConsumers {
  readonly sharedBuffers: number;
  readonly walBuffers: number;
  readonly maintenance: number;
  readonly autovacuum: number;
  readonly autovacuumWorkers: number;
  /** Sessions and worker processes. */
  readonly processes: number;
}

/** Returns the memory of everything but what sessions sort, hash and keep in temporary tables. */
export function fixedMemory(of: FixedConsumers, machineCpus: number): Bytes {
  const server = of.sharedBuffers + of.walBuffers + SERVER + of.maintenance + of.autovacuumWorkers * of.autovacuum;
  return bytes(server + plansOf(machineCpus) + of.processes * (BACKEND + of.sharedBuffers * PAGE_TABLES));
}

/** What sessions use at once. Sizes in bytes. */
export interface SessionConsumers {
  /** Processes that use `portions` of `workMem`. */
  readonly processes: number;
  readonly portions: number;
  readonly workMem: number;
  /** Sessions that use all of `tempBuffers`; worker processes have none. */
  readonly connections: number;
  readonly tempBuffers: number;
}

/** Returns the memory in which sessions sort, hash and keep temporary tables. */
export function sessionMemory({ processes, portions, workMem, connections, tempBuffers }: SessionConsumers): Bytes {
  return bytes(processes * portions * workMem + connections * tempBuffers);
}

/** Returns the portions of work_mem of one process: one sort, and one hash table of `hashMemMultiplier` portions. */
export function portionsFor(hashMemMultiplier: number): number {
  return 1 + hashMemMultiplier;
}

/** Returns the largest work_mem whose portions, and the temp_buffers that follow from it, fit into `room`. */
function affordable(room: number, processes: number, connections: number): number {
  const portions = processes * PORTIONS;
  const equal = room / (portions + connections);
  if (equal >= LEAST_TEMP_BUFFERS && equal <= MOST_TEMP_BUFFERS) return equal;
  return (room - connections * (equal < LEAST_TEMP_BUFFERS ? LEAST_TEMP_BUFFERS : MOST_TEMP_BUFFERS)) / portions;
}

/** temp_buffers: as much as work_mem, within PostgreSQL's least and its default; in whole blocks of 8 KiB. */
function tempBuffersFor(workMem: Bytes): Bytes {
  return between(LEAST_TEMP_BUFFERS, workMem, MOST_TEMP_BUFFERS);
}

/** A pool's backends keep the prepared statements of all clients. */
function plansOf(machineCpus: number): number {
  return pooledBackends(machineCpus) * PREPARED_STATEMENTS * PLAN;
}

/** pgtune's quarter of M; less if the page tables of many processes would take more than half as much. */
function sharedFraction(processes: number): number {
  return SHARED_FRACTION * Math.min(1, MANY_PROCESSES / processes);
}

/** pgtune: M / 16, or M / 8 for data warehouses, which build large indexes. */
export function maintenanceFraction({ kind }: Workload): number {
  return kind === "dw" ? 1 / 8 : 1 / 16;
}

/** pgtune: half for dw and mixed, whose queries have several sorts and hashes each. */
export function workMemFactor({ kind }: Workload): number {
  return kind === "dw" || kind === "mixed" ? 1 / 2 : 1;
}

function between(least: Bytes, size: Bytes, most: Bytes): Bytes {
  return bytes(Math.max(least, Math.min(size, most)));
}

function tooSmall(limit: Bytes, processes: number, input: NeedsInput): PlumblineError {
  const needed = floor(input);
  return new PlumblineError("BUDGET_IMPOSSIBLE", {
    what: `PostgreSQL cannot serve ${processes} processes in ${formatBytes(limit)}`,
    why: `each needs ${formatBytes(BACKEND)} of its own and ${PORTIONS} · ${formatBytes(LEAST_WORK_MEM)} to sort and hash in, beside shared_buffers and temporary tables`,
    fix: `Give it ${Math.ceil(needed / MIB)} MiB, or lower workload.connections in the profile`,
    details: { limit, floor: needed, processes },
  });
}

/** From this limit on, the server's larger sizes for WAL and shared memory segments are useful. */
export const LARGE = bytes(16 * GIB);
