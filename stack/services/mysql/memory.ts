/** MySQL's memory: sizes as a function of the container's limit, and their worst case. Pure. */
import type { Needs, NeedsInput } from "../../core/service/service.ts";
import { bytes, gib, KIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import type { Workload, WorkloadKind } from "../../core/service/workload.ts";

/** Share of the container's limit for the known consumers together; the rest is page cache. */
export const USABLE = 0.9;

/** Half of MySQL's default: a server at its smallest limit reads from the page cache and the disk. */
const SMALL_POOL = mib(64);

/** Of the limit: beyond that, pages of binary log and temporary tables in the page cache are worth more. */
const POOL_HIGH = 0.5;

/** What each consumer gets of the memory beyond the smallest sizes, until it has its largest; the pool gets the rest. */
const SESSIONS_PART = 1 / 4;
const TEMPORARY_PART = 1 / 16;
const PACKET_PART = 1 / 8;

/** Overhead of control blocks: a pool of 416 MiB allocated 425.4 MiB (memory/innodb/buf_buf_pool, 9.7). */
const POOL_OVERHEAD = 1.025;

/**
 * Resident memory of a server without pool and log buffer, measured with 9.7 and the sizes in my.cnf: 237 MiB after its
 * start (performance_schema 102 MiB), 1,000 cached tables of about 10 KiB, and 33 MiB that the allocator keeps of what
 * the first sessions used.
 */
const SERVER = mib(280);
export const LOG_BUFFER = mib(16);

/**
 * Memory of one connection without its sort and join buffers: stack, packet and read buffers, session data. Measured
 * with 9.7: 90 sessions that join, sort and write raised resident memory by 1.3 MiB each, of which these buffers took
 * 512 KiB.
 */
const CONNECTION = bytes(768 * KIB);
const BUFFER_LOW = bytes(64 * KIB);
const BUFFER_GRAIN = bytes(32 * KIB);

/** Buffers of one statement at once: one to sort, and two to join three tables; each hash join has its own. */
const SESSION_BUFFERS = 3;

/**
 * How often one statement with the largest packet holds it: as received, as parsed, as values and as a row. A packet of
 * 16 MiB raised resident memory by 104 MiB as text, and by 62 MiB as a parameter (9.7).
 */
const PACKET_COPIES = 7;
const PACKET_LOW = mib(4);
/** MySQL's default. */
const PACKET_HIGH = mib(64);

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
const TEMPORARY_LOW = mib(8);
const TEMPORARY_HIGH = mib(256);

/** Share of the disk: the redo log, and the binary logs of the days that they are kept. */
export const LOGS = {
  redoOnly: { floor: REDO_LOW, ideal: REDO_HIGH },
  withBinaryLog: { floor: mib(512), ideal: gib(4) },
} as const;

const CHUNK = mib(32);
/** InnoDB accepts at most 1,000 chunks in one pool. */
const CHUNKS_MAX = 1000;

const FLOOR_LOW = mib(384);
const FLOOR_GRAIN = mib(16);

/** 832 MiB of 8 GiB: the share with which a whole stack is known to work. */
const IDEAL_OF_MACHINE = 832 / 8192;
/** An eighth also if many connections could use more: the ideals of all services grow slower than the machine. */
const MOST_OF_MACHINE = 1 / 8;
/** A larger pool serves as cache: as much of the machine as the other services leave, up to this part. */
const CACHE_OF_MACHINE = 3 / 8;

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
  const connections = connectionsFor(workload);
  const floor = bytes(Math.max(FLOOR_LOW, roundUp(smallest(connections) / USABLE, FLOOR_GRAIN)));
  const room = roundUp(roomForBuffers(connections, workload.kind) / USABLE, FLOOR_GRAIN);
  const wanted = Math.max(room, machine.memory * IDEAL_OF_MACHINE);
  const ideal = bytes(Math.max(floor, Math.min(wanted, machine.memory * MOST_OF_MACHINE)));
  const most = bytes(Math.max(ideal, machine.memory * CACHE_OF_MACHINE));
  return { floor, ideal, most, weight: WEIGHT, cpus: Math.max(1, machine.cpus / 2) };
}

/** Sizes in bytes from which all others are computed. */
export interface MysqlSizes {
  readonly pool: Bytes;
  readonly chunk: Bytes;
  readonly redo: Bytes;
  readonly temporary: Bytes;
  /** The largest packet: a statement, or one value of a row. */
  readonly packet: Bytes;
  /** Size of the sort buffer, and of each join buffer. */
  readonly sessionBuffer: Bytes;
  readonly connections: number;
  /** What nine tenths of the limit have beyond the smallest sizes. */
  readonly extra: Bytes;
}

/**
 * Returns the sizes for a container limit of `limit` bytes. Defined for any number, also below the floor. Every size
 * grows with the limit, or stays: each has a fixed part of what is beyond the smallest sizes.
 */
export function mysqlSizes(limit: Bytes, connections: number, kind: WorkloadKind): MysqlSizes {
  const sessions = connections + ADMIN_CONNECTIONS;
  const extra = Math.max(0, USABLE * limit - smallest(connections));
  const perBuffer = BUFFER_LOW + (extra * SESSIONS_PART) / (sessions * SESSION_BUFFERS);
  const sessionBuffer = clamp(roundDown(bytes(perBuffer), BUFFER_GRAIN), BUFFER_LOW, BUFFER_HIGH[kind]);
  const temporary = wholeMib(TEMPORARY_LOW + extra * TEMPORARY_PART, TEMPORARY_HIGH);
  const packet = wholeMib(PACKET_LOW + (extra * PACKET_PART) / PACKET_COPIES, PACKET_HIGH);
  // Counted before rounding, so that a rounding step of theirs never makes the pool smaller.
  const others =
    sessions * SESSION_BUFFERS * (Math.min(perBuffer, BUFFER_HIGH[kind]) - BUFFER_LOW) +
    Math.min(extra * TEMPORARY_PART, TEMPORARY_HIGH - TEMPORARY_LOW) +
    Math.min(extra * PACKET_PART, PACKET_COPIES * (PACKET_HIGH - PACKET_LOW));
  const room = Math.max(SMALL_POOL, Math.min(SMALL_POOL + (extra - others) / POOL_OVERHEAD, limit * POOL_HIGH));
  const chunk = chunkFor(bytes(room));
  const pool = roundDown(bytes(room), chunk);
  const redo = clamp(roundDown(bytes(pool / 2), mib(1)), REDO_LOW, REDO_HIGH);
  return { pool, chunk, redo, temporary, packet, sessionBuffer, connections, extra: bytes(extra) };
}

/** Returns the memory that the server can reach with these sizes if every connection uses all its buffers at once. */
export function worstCase({
  sessionBuffer,
  connections,
  ...shared
}: Pick<MysqlSizes, "pool" | "temporary" | "packet" | "sessionBuffer" | "connections">): Bytes {
  const sessions = connections + ADMIN_CONNECTIONS;
  const used = sessions * bufferMemory({ sort: sessionBuffer, join: sessionBuffer });
  return bytes(serverMemory({ ...shared, connections }) + used);
}

/** What all sessions share, and their number. Sizes in bytes. */
export interface ServerConsumers {
  readonly pool: number;
  readonly temporary: number;
  readonly packet: number;
  readonly connections: number;
}

/** Returns the memory with every session connected, and none of them sorting or joining. */
export function serverMemory({ pool, temporary, packet, connections }: ServerConsumers): Bytes {
  const sessions = (connections + ADMIN_CONNECTIONS) * CONNECTION;
  return bytes(pool * POOL_OVERHEAD + SERVER + LOG_BUFFER + temporary + PACKET_COPIES * packet + sessions);
}

/** Returns the buffers of one session whose statement sorts once and joins three tables. */
export function bufferMemory({ sort, join }: { readonly sort: number; readonly join: number }): number {
  return sort + (SESSION_BUFFERS - 1) * join;
}

/** Returns the worst case with the smallest sizes. */
function smallest(connections: number): Bytes {
  return worstCase({
    pool: SMALL_POOL,
    temporary: TEMPORARY_LOW,
    packet: PACKET_LOW,
    sessionBuffer: BUFFER_LOW,
    connections,
  });
}

/** Returns the worst case from which on every session has the largest buffers, and the pool grows. */
function roomForBuffers(connections: number, kind: WorkloadKind): number {
  const buffers = (connections + ADMIN_CONNECTIONS) * SESSION_BUFFERS * (BUFFER_HIGH[kind] - BUFFER_LOW);
  return smallest(connections) + buffers / SESSIONS_PART;
}

function chunkFor(pool: Bytes): Bytes {
  let chunk = CHUNK;
  while (pool > chunk * CHUNKS_MAX) chunk = bytes(chunk * 2);
  return chunk;
}

/** Rounds down to whole MiB, at most `high`. */
function wholeMib(size: number, high: Bytes): Bytes {
  return roundDown(bytes(Math.min(size, high)), mib(1));
}

function roundUp(size: number, step: Bytes): number {
  return Math.ceil(size / step) * step;
}

function clamp(size: Bytes, low: Bytes, high: Bytes): Bytes {
  return bytes(Math.min(high, Math.max(low, size)));
}
