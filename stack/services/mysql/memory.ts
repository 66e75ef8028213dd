/** MySQL's memory: sizes as a function of the container's limit, and their worst case. Pure. */
import type { Needs, NeedsInput } from "../../core/service/service.ts";
import { bytes, KIB, mib, roundDown, sum, type Bytes } from "../../core/units.ts";
import type { Workload, WorkloadKind } from "../../core/service/workload.ts";

/** Share of the container's limit for the known consumers together; the rest is page cache. */
export const USABLE = 0.9;

/** Below this limit the pool keeps MySQL's default of 128 MB; from here on it follows the limit. */
export const SIZED_FROM = mib(768);
const SMALL_POOL = mib(128);
const POOL_LOW = 0.45;
const POOL_HIGH = 0.5;

/** Overhead of control blocks: a pool of 416 MiB allocated 425.4 MiB (memory/innodb/buf_buf_pool, 9.7). */
const POOL_OVERHEAD = 1.025;

/**
 * Memory of a started server without pool, log buffer and temporary tables, measured with 9.7 and the sizes in my.cnf:
 * performance_schema 88 MiB, others 74 MiB, and 1,000 cached tables of about 10 KiB.
 */
const SERVER = mib(172);
export const LOG_BUFFER = mib(16);

/**
 * Memory of one connection without its sort and join buffer: stack, packet and read buffers, session data. Measured
 * with 9.7: 90 sessions that join, sort and write raised resident memory by 1.3 MiB each, of which these two buffers
 * took 512 KiB.
 */
const CONNECTION = bytes(768 * KIB);
const BUFFER_LOW = bytes(64 * KIB);
const BUFFER_GRAIN = bytes(32 * KIB);

/**
 * MySQL's default is 256 KiB, and its manual warns that larger buffers slow most queries; long scans are the exception.
 */
const BUFFER_HIGH: Readonly<Record<WorkloadKind, Bytes>> = {
  web: bytes(256 * KIB),
  oltp: bytes(256 * KIB),
  mixed: bytes(512 * KIB),
  dw: mib(2),
};

/** The server keeps one session more than `max_connections` for an administrator. */
const ADMIN_CONNECTIONS = 1;

const REDO_LOW = mib(100);
const REDO_HIGH = mib(256);
const TEMPORARY_LOW = mib(16);
const TEMPORARY_HIGH = mib(256);

const CHUNK = mib(32);
/** InnoDB accepts at most 1,000 chunks in one pool. */
const CHUNKS_MAX = 1000;

const FLOOR_LOW = mib(384);
const FLOOR_GRAIN = mib(16);

/** 832 MiB of 8 GiB: the share with which a whole stack is known to work. */
const IDEAL_OF_MACHINE = 832 / 8192;

/** In MiB, as for every service: 832 less the floor for a hundred connections. */
const WEIGHT = 832 - 480;

/** MySQL's default of max_connections; a workload with more concurrent clients must set `workload.connections`. */
const DEFAULT_CONNECTIONS = 151;

/** MySQL has no pool in front of it, so the workload's clients connect to it directly. */
export function connectionsFor({ connections, clients }: Workload): number {
  return Math.max(connections, Math.min(clients, DEFAULT_CONNECTIONS));
}

/** Returns MySQL's claim on the machine. The floor covers the worst case of every connection in the workload. */
export function mysqlNeeds({ machine, workload }: NeedsInput): Needs {
  const floor = smallestThatHolds(connectionsFor(workload));
  const ideal = bytes(Math.max(floor, machine.memory * IDEAL_OF_MACHINE));
  return { floor, ideal, weight: WEIGHT, cpus: Math.max(1, machine.cpus / 2) };
}

/** Sizes in bytes from which all others are computed. */
export interface MysqlSizes {
  readonly pool: Bytes;
  readonly chunk: Bytes;
  readonly redo: Bytes;
  readonly temporary: Bytes;
  /** Size of the sort buffer, and of the join buffer. */
  readonly sessionBuffer: Bytes;
  readonly connections: number;
}

/** Returns the sizes for a container limit of `limit` bytes. Defined for any number, also below the floor. */
export function mysqlSizes(limit: Bytes, connections: number, kind: WorkloadKind): MysqlSizes {
  const chunk = chunkFor(bytes(limit * POOL_HIGH));
  const temporary = clamp(roundDown(bytes(limit / 64), mib(1)), TEMPORARY_LOW, TEMPORARY_HIGH);
  const pool = poolFor(limit, chunk, temporary, connections);
  const redo = clamp(roundDown(bytes(pool / 2), mib(1)), REDO_LOW, REDO_HIGH);
  const left = USABLE * limit - fixedMemory(pool, temporary);
  const perSession = left / (connections + ADMIN_CONNECTIONS) - CONNECTION;
  const sessionBuffer = clamp(roundDown(bytes(perSession / 2), BUFFER_GRAIN), BUFFER_LOW, BUFFER_HIGH[kind]);
  return { pool, chunk, redo, temporary, sessionBuffer, connections };
}

/** Returns the memory that the server can reach with these sizes if every connection uses all its buffers at once. */
export function worstCase({ pool, temporary, sessionBuffer, connections }: MysqlSizes): Bytes {
  const session = CONNECTION + 2 * sessionBuffer;
  return sum([fixedMemory(pool, temporary), bytes((connections + ADMIN_CONNECTIONS) * session)]);
}

/** Returns the smallest limit from which every limit covers the worst case of `connections`. */
function smallestThatHolds(connections: number): Bytes {
  let smallest = bytes(Math.ceil(alwaysHolds(connections) / FLOOR_GRAIN) * FLOOR_GRAIN);
  while (smallest > FLOOR_LOW && holds(bytes(smallest - FLOOR_GRAIN), connections)) {
    smallest = bytes(smallest - FLOOR_GRAIN);
  }
  return smallest;
}

/** Solves worst case = 0.9 × L for the largest pool and temporary tables, and the smallest buffers. */
function alwaysHolds(connections: number): number {
  const sessions = (connections + ADMIN_CONNECTIONS) * (CONNECTION + 2 * BUFFER_LOW);
  const slope = USABLE - POOL_HIGH * POOL_OVERHEAD - 1 / 64;
  return Math.max(SIZED_FROM, (SERVER + LOG_BUFFER + TEMPORARY_LOW + sessions) / slope);
}

function holds(limit: Bytes, connections: number): boolean {
  return worstCase(mysqlSizes(limit, connections, "web")) <= USABLE * limit;
}

function poolFor(limit: Bytes, chunk: Bytes, temporary: Bytes, connections: number): Bytes {
  if (limit < SIZED_FROM) return SMALL_POOL;
  const sessions = (connections + ADMIN_CONNECTIONS) * (CONNECTION + 2 * BUFFER_LOW);
  const room = (USABLE * limit - fixedMemory(bytes(0), temporary) - sessions) / POOL_OVERHEAD;
  const lowest = Math.ceil((limit * POOL_LOW) / chunk) * chunk;
  return bytes(Math.max(lowest, roundDown(bytes(Math.min(limit * POOL_HIGH, room)), chunk)));
}

function chunkFor(pool: Bytes): Bytes {
  let chunk = CHUNK;
  while (pool > chunk * CHUNKS_MAX) chunk = bytes(chunk * 2);
  return chunk;
}

function fixedMemory(pool: Bytes, temporary: Bytes): Bytes {
  return bytes(pool * POOL_OVERHEAD + SERVER + LOG_BUFFER + temporary);
}

function clamp(size: Bytes, low: Bytes, high: Bytes): Bytes {
  return bytes(Math.min(high, Math.max(low, size)));
}
