/** Redis's settings from its share of the machine. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, KIB, MIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import type { RedisOptions } from "./options.ts";

/** The process without keys, its log's buffer and the page cache of its program: 10 MiB measured on 8.0, rounded up. */
const PROCESS = mib(12);

/** All consumers in the worst case, as a share of the limit; the rest is page cache of the log. */
export const SAFE_FRACTION = 0.9;

/** With less data than this, Redis is no cache for anything. */
const LEAST_DATA = mib(32);
const LEAST_FLOOR = mib(96);
const GRAIN = mib(16);

/** In MiB: 192 in the split that is known to work on 8 GiB, less the floor. */
const WEIGHT = 96;

/**
 * Memory of the fixed part of a stack; a cache can use the machine's memory beyond it. The line through two known points
 * gives the data of all nodes 14.5 % of that rest: three of 115 MiB on 8 GiB, and three of 512 MiB on 16 GiB.
 */
const FIXED_PART = gib(5.68);
const DATA_OF_REST = 0.1455;

/** Ideal of a node on a machine without such a rest. */
const SMALLEST_IDEAL = mib(192);

/** What all nodes together may take of a machine whose other services need less. */
const MOST_OF_MACHINE = 3 / 8;

/** Commands run on one thread; a second cpu helps only while a snapshot or log is rewritten. */
const CPUS = 1;

/**
 * How often data may be in memory at once. While a child process writes a snapshot or log, each page that changes
 * exists twice: in a write-heavy application that is all of them (Redis documentation, Administration).
 */
export const COPIES = { none: 1, aof: 2, rdb: 2 } as const;

/** What the allocator takes for each byte in use: 1.05 measured on 8.0 after values were overwritten, rounded up. */
export const ALLOCATED = 1.1;

/**
 * A client's query and reply buffers, 16 KiB each in the worst case of short commands; idle ones take a tenth. The sum
 * over all clients is limited by maxmemory-clients.
 */
export const CLIENT = bytes(32 * KIB);
const CLIENTS_FRACTION = 0.1;
const CLIENTS_MOST = 10_000;

/** A reply to one client, such as a value of some MiB, must fit too. */
const CLIENTS_LEAST_MEMORY = mib(8);

/** Connections in addition to the workload's: the cluster's own and Plumbline's. */
const CLIENTS_RESERVED = 32;

const MANUAL = "redis.conf of Redis 7.4";

/** Returns what one node needs of the machine. Its floor covers the buffers of every client of the workload. */
export function needs({ machine, workload }: NeedsInput, { nodes, persistence }: RedisOptions): Needs {
  const data = (Math.max(0, machine.memory - FIXED_PART) * DATA_OF_REST) / nodes;
  const allocated = ALLOCATED * COPIES[persistence];
  const least = PROCESS + LEAST_DATA * allocated + clientsOf(workload);
  const floor = Math.max(LEAST_FLOOR, Math.ceil(least / SAFE_FRACTION / GRAIN) * GRAIN);
  const wanted = (PROCESS + data * allocated) / (SAFE_FRACTION - CLIENTS_FRACTION);
  const ideal = Math.max(floor, SMALLEST_IDEAL, wanted);
  return {
    floor: bytes(floor),
    ideal: bytes(ideal),
    most: bytes(Math.max(ideal, (machine.memory * MOST_OF_MACHINE) / nodes)),
    weight: WEIGHT,
    cpus: CPUS,
  };
}

/** Returns the settings of one node. Sizes are whole MiB, so that tuning.env can spell them. */
export function tune(input: TuneInput, options: RedisOptions): readonly Setting[] {
  return [...memory(input, options), ...persistence(options), ...connections(input, options)];
}

export interface RedisSizes {
  readonly maxmemory: Bytes;
  /** Buffers of all clients together. */
  readonly clients: Bytes;
  readonly maxclients: number;
}

/** Returns the sizes of a node with this limit. Every one of them grows with the limit, or stays. */
export function redisSizes(limit: Bytes, workload: Workload, { persistence }: RedisOptions): RedisSizes {
  const clients = roundDown(bytes(Math.max(limit * CLIENTS_FRACTION, clientsOf(workload))), mib(1));
  const data = (SAFE_FRACTION * limit - PROCESS - clients) / (ALLOCATED * COPIES[persistence]);
  const affordable = Math.min(CLIENTS_MOST, Math.floor(clients / CLIENT));
  return {
    maxmemory: roundDown(bytes(Math.max(mib(1), data)), mib(1)),
    clients,
    maxclients: Math.max(affordable, workload.clients + CLIENTS_RESERVED),
  };
}

/** Buffers of the workload's clients, in whole MiB. */
function clientsOf({ clients }: Workload): Bytes {
  const needed = Math.max(CLIENTS_LEAST_MEMORY, (clients + CLIENTS_RESERVED) * CLIENT);
  return bytes(Math.ceil(needed / MIB) * MIB);
}

/** Returns what data, a rewrite's copies of it and the buffers of clients can take. */
export function worstCase(
  { maxmemory, clients }: Pick<RedisSizes, "maxmemory" | "clients">,
  persistence: RedisOptions["persistence"],
): Bytes {
  return bytes(PROCESS + maxmemory * ALLOCATED * COPIES[persistence] + clients);
}

function memory({ share, workload }: TuneInput, options: RedisOptions): readonly Setting[] {
  const { maxmemory, clients } = redisSizes(share.memory, workload, options);
  const copies = COPIES[options.persistence];
  return [
    {
      name: "maxmemory",
      value: maxmemory,
      unit: "bytes",
      takes: "live",
      because: {
        formula: `(${SAFE_FRACTION} · L − ${formatBytes(PROCESS)} − maxmemory-clients) / (${ALLOCATED} · ${copies})`,
        inputs: {
          L: formatBytes(share.memory),
          "maxmemory-clients": formatBytes(clients),
          persistence: options.persistence,
        },
        source:
          "Redis documentation, Administration: while a write-heavy application's snapshot or log is written, Redis " +
          "can use up to twice the memory",
      },
      variable: "REDIS_MAXMEMORY",
    },
    {
      ...option("maxmemory-policy", options.policy, "what happens to keys when the memory is full"),
      variable: "REDIS_MAXMEMORY_POLICY",
    },
    {
      name: "maxmemory-clients",
      value: clients,
      unit: "bytes",
      takes: "live",
      because: {
        formula: `max(${CLIENTS_FRACTION} · L, ${formatBytes(CLIENT)} · (clients + ${CLIENTS_RESERVED}), 8 MiB)`,
        inputs: { L: formatBytes(share.memory), clients: String(workload.clients) },
        source: `${MANUAL}, "CLIENT EVICTION": without it the buffers of clients that read slowly have no limit`,
      },
    },
    option(
      "client-output-buffer-limit",
      outputLimits(clients),
      "normal and pubsub: maxmemory-clients, so that one client ends before the others do; replicas: the default",
    ),
  ];
}

/** Spelled as Redis reports it: class, hard limit, soft limit, seconds above the soft one. */
function outputLimits(clients: Bytes): string {
  const pubsub = Math.min(clients, mib(32));
  return `normal ${clients} 0 0 slave ${mib(256)} ${mib(64)} 60 pubsub ${pubsub} ${mib(8)} 60`;
}

/** Redis's default `save` points: after an hour with a change, five minutes with 100, a minute with 10000. */
const SAVE_POINTS = "3600 1 300 100 60 10000";

function persistence({ persistence }: RedisOptions): readonly Setting[] {
  return [
    option("appendonly", persistence === "aof" ? "yes" : "no", "whether every write is logged"),
    option("appendfsync", "everysec", "a power cut loses at most the last second of the log"),
    option("save", persistence === "rdb" ? SAVE_POINTS : "", "when a snapshot is written: seconds and changes"),
  ];
}

function connections({ share, workload }: TuneInput, options: RedisOptions): readonly Setting[] {
  const { maxclients, clients } = redisSizes(share.memory, workload, options);
  return [
    {
      name: "maxclients",
      value: maxclients,
      unit: "count",
      takes: "live",
      because: {
        formula: `max(maxmemory-clients / ${formatBytes(CLIENT)}, clients + ${CLIENTS_RESERVED}), at most ${CLIENTS_MOST} of the first`,
        inputs: { "maxmemory-clients": formatBytes(clients), clients: String(workload.clients) },
        source: `${MANUAL}, "maxclients"`,
      },
    },
    {
      name: "io-threads",
      value: 1,
      unit: "count",
      takes: "restart",
      because: {
        formula: "1",
        inputs: {},
        source: `${MANUAL}, "THREADED I/O": threads help from four cpus a node up, and nodes share the machine's`,
      },
    },
  ];
}

function option(name: string, value: string, formula: string): Setting {
  const source = `the service's options in the profile; ${MANUAL}, "${name}"`;
  return { name, value, unit: "text", takes: "live", because: { formula, inputs: {}, source } };
}
