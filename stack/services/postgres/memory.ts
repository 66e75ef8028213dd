/** How PostgreSQL's memory limit is divided among its consumers. Pure. */
import { PlumblineError } from "../../core/errors.ts";
import type { NeedsInput, TuneInput } from "../../core/service/service.ts";
import { bytes, formatBytes, GIB, gib, KIB, MIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import { maxConnections } from "../kit/postgresql/connections.ts";

/** M = 0.8 · L: a fifth of the limit is left for bursts and for the page cache, which counts towards the limit too. */
export const TUNED_FRACTION = 0.8;

/** Share of the limit for all consumers in the worst case, so that the kernel never has to kill one. */
export const SAFE_FRACTION = 0.9;

/** Private memory and page tables of a connected backend: 1.6 MiB measured on 18.6 under pgbench, rounded up. */
export const BACKEND = mib(2);

/** Postmaster, checkpointer, writers, launchers and io workers: 22 MiB measured on 18.6, rounded up. */
export const SERVER = mib(32);

/** With less, even a small sort goes to disk. */
export const LEAST_WORK_MEM = mib(1);

/** pgtune: from 4 MB on the sorts of simple queries stay in memory. */
const AMPLE_WORK_MEM = mib(4);

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

/** pgtune's 3 portions of work_mem per process: one hash table at hash_mem_multiplier 2, and one sort. */
const PORTIONS = 3;

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
  /** What limited work_mem. */
  readonly workMemBound: "pgtune" | "sum" | "least";
  readonly maxConnections: number;
  readonly workers: number;
  /** Processes that may each use work_mem. */
  readonly processes: number;
  /** All consumers in the worst case; at most `SAFE_FRACTION` of the limit. */
  readonly worst: Bytes;
}

/** pgtune: one worker process per cpu from 4 cpus on, the server's default below. */
export function workerProcesses(cpus: number): number {
  const whole = Math.ceil(cpus);
  return whole < 4 ? DEFAULT_WORKERS : whole;
}

/**
 * Returns the limit at which pgtune's work_mem reaches `AMPLE_WORK_MEM`: with more connections, more memory is useful.
 */
export function roomToSort({ machine, workload }: NeedsInput): Bytes {
  const processes = maxConnections(machine.cpus, workload) + workerProcesses(machine.cpus);
  return bytes((AMPLE_WORK_MEM * processes * PORTIONS) / (TUNED_FRACTION * (1 - SHARED_FRACTION)));
}

/** Returns the smallest limit at which every process can have `LEAST_WORK_MEM` in addition to everything else. */
export function floor({ machine, workload }: NeedsInput): Bytes {
  const processes = maxConnections(machine.cpus, workload) + Math.max(DEFAULT_WORKERS, Math.ceil(machine.cpus));
  const fixed = SERVER + MOST_WAL_BUFFERS + processes * (BACKEND + LEAST_WORK_MEM);
  // Index builds and autovacuum each use maintenance_work_mem.
  const proportional = TUNED_FRACTION * (SHARED_FRACTION + 2 * maintenanceFraction(workload));
  return bytes(Math.ceil(fixed / (SAFE_FRACTION - proportional) / GRAIN) * GRAIN);
}

/**
 * Divides a limit. work_mem follows pgtune, but is reduced if all processes together would exceed the limit. Throws
 * BUDGET_IMPOSSIBLE below the floor.
 */
export function divide({ share, machine, workload }: TuneInput): Division {
  const limit = share.memory;
  const tuned = bytes(TUNED_FRACTION * limit);
  const sharedBuffers = roundDown(bytes(tuned * SHARED_FRACTION), mib(1));
  const walBuffers = roundDown(between(LEAST_WAL_BUFFERS, bytes(sharedBuffers / 32), MOST_WAL_BUFFERS), bytes(8 * KIB));
  const maintenance = roundDown(bytes(Math.min(MOST_MAINTENANCE, tuned * maintenanceFraction(workload))), mib(1));
  const autovacuum = roundDown(bytes(maintenance / AUTOVACUUM_WORKERS), mib(1));
  const connections = maxConnections(machine.cpus, workload);
  const workers = workerProcesses(share.cpus);
  const processes = connections + workers;
  const fixed = bytes(sharedBuffers + walBuffers + SERVER + maintenance + AUTOVACUUM_WORKERS * autovacuum);
  const fair = ((tuned - sharedBuffers) / (processes * PORTIONS)) * workMemFactor(workload);
  const safe = (SAFE_FRACTION * limit - fixed) / processes - BACKEND;
  if (safe < LEAST_WORK_MEM) throw tooSmall(limit, processes, { machine, workload });
  const workMem = roundDown(bytes(Math.max(LEAST_WORK_MEM, Math.min(fair, safe))), bytes(64 * KIB));
  return {
    limit,
    tuned,
    sharedBuffers,
    walBuffers,
    maintenance,
    autovacuum,
    workMem,
    workMemBound: Math.min(fair, safe) < LEAST_WORK_MEM ? "least" : fair <= safe ? "pgtune" : "sum",
    maxConnections: connections,
    workers,
    processes,
    worst: bytes(fixed + processes * (BACKEND + workMem)),
  };
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
    why: `each needs ${formatBytes(BACKEND)} of its own and ${formatBytes(LEAST_WORK_MEM)} to sort in, beside shared_buffers`,
    fix: `Give it ${Math.ceil(needed / MIB)} MiB, or lower workload.connections in the profile`,
    details: { limit, floor: needed, processes },
  });
}

/** From this limit on, the server's larger sizes for WAL and shared memory segments are useful. */
export const LARGE = bytes(16 * GIB);
