/** Redis's settings from its share of the machine. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, KIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import type { RedisOptions } from "./options.ts";

/** The process without keys takes 10 MiB; below this limit that would be more than a tenth. */
const FLOOR = mib(96);

/** In MiB: 192 in the split that is known to work on 8 GiB, less the floor. */
const WEIGHT = 96;

/**
 * Memory of the fixed part of a stack; a cache can use the machine's memory beyond it. The line through two known
 * points gives Redis 24 % of that rest, shared by its nodes: three of 192 MiB on 8 GiB, and three with maxmemory 512 MB
 * on 16 GiB.
 */
const FIXED_PART = gib(5.65);
const FRACTION_OF_REST = 0.24;

/** Ideal of a node on a machine without such a rest. */
const SMALLEST_IDEAL = mib(128);

/** Commands run on one thread; a second cpu helps only while a snapshot or log is rewritten. */
const CPUS = 1;

/** Share of the limit that data may fill; the rest is for a rewrite, which copies pages that change meanwhile. */
const DATA_FRACTION = { none: 0.75, aof: 0.6, rdb: 0.6 } as const;

/** Share of the limit for data and the copies of a rewrite together; the rest is for the process and its clients. */
export const SAFE_FRACTION = 0.9;

/** A client's query and reply buffers, 16 KiB each when idle; they count towards maxmemory. */
export const CLIENT = bytes(32 * KIB);
const CLIENTS_FRACTION = 0.1;
const CLIENTS_MOST = 10_000;

/** Connections in addition to the workload's: the cluster's own and Plumbline's. */
const CLIENTS_RESERVED = 32;

const MANUAL = "redis.conf of Redis 7.4";

/** Returns what one of `nodes` nodes needs of the machine. */
export function needs({ machine }: NeedsInput, { nodes }: RedisOptions): Needs {
  const rest = Math.max(0, machine.memory - FIXED_PART);
  return {
    floor: FLOOR,
    ideal: bytes(Math.max(SMALLEST_IDEAL, (rest * FRACTION_OF_REST) / nodes)),
    weight: WEIGHT,
    cpus: CPUS,
  };
}

/** Returns the settings of one node. Sizes are whole MiB, so that tuning.env can spell them. */
export function tune(input: TuneInput, options: RedisOptions): readonly Setting[] {
  return [...memory(input, options), ...persistence(options), ...connections(input)];
}

/** Returns the memory that data, and a rewrite's copies of it, can take: at most 0.9 of the limit. */
export function worstCase(limit: Bytes, { persistence }: RedisOptions): Bytes {
  const data = limit * DATA_FRACTION[persistence];
  // While a child process writes, each changed page exists twice; the worst case is that half of all data change in
  // that time.
  return bytes(persistence === "none" ? data : data * 1.5);
}

function memory({ share }: TuneInput, { persistence, policy }: RedisOptions): readonly Setting[] {
  const fraction = DATA_FRACTION[persistence];
  const maxmemory = roundDown(bytes(share.memory * fraction), mib(1));
  return [
    {
      name: "maxmemory",
      value: maxmemory,
      unit: "bytes",
      takes: "live",
      because: {
        formula: `${fraction} · L, persistence ${persistence}`,
        inputs: { L: formatBytes(share.memory) },
        source: "Redis documentation, Administration: leave memory for the copies that a background save makes",
      },
      variable: "REDIS_MAXMEMORY",
    },
    {
      ...option("maxmemory-policy", policy, "what happens to keys when the memory is full"),
      variable: "REDIS_MAXMEMORY_POLICY",
    },
  ];
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

function connections({ share, workload }: TuneInput): readonly Setting[] {
  const affordable = Math.min(CLIENTS_MOST, Math.floor((share.memory * CLIENTS_FRACTION) / CLIENT));
  return [
    {
      name: "maxclients",
      value: Math.max(affordable, workload.clients + CLIENTS_RESERVED),
      unit: "count",
      takes: "live",
      because: {
        formula: `max(${CLIENTS_FRACTION} · L / ${formatBytes(CLIENT)}, clients + ${CLIENTS_RESERVED})`,
        inputs: { L: formatBytes(share.memory), clients: String(workload.clients) },
        source: `${MANUAL}, "maxclients"; buffers of clients count towards maxmemory`,
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
