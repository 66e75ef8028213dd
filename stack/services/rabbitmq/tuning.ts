/** RabbitMQ's needs, and its settings as a function of its limits. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, KIB, mib, roundDown, type Bytes } from "../../core/units.ts";

/** Share of the container's limit for the node's known consumers together; the rest is page cache. */
export const USABLE = 0.9;

/**
 * Memory at which publishers are blocked. RabbitMQ's default is also 0.6, but of the machine's memory, not of the
 * container's limit. Garbage collection may need more for a moment, so the limit must be well above.
 */
const WATERMARK = 0.6;

/** A quorum queue's log is also kept in memory: RabbitMQ's manual asks for three times its file size. */
const WAL_COPIES = 3;
/**
 * Three copies and the watermark together take nine tenths of the floor. The same at every size: the node reads it only
 * at its start, so a size that followed the limit would break every connection at each change of profile.
 */
const WAL = mib(32);

/**
 * Publishers are blocked before the disk is full for the other services: an eighth of a small disk. RabbitMQ's manual
 * asks for as much as the memory that may have to be written, the watermark.
 */
const DISK_FREE_LOW = gib(1);
const DISK_FREE_FRACTION = 1 / 8;

/** RabbitMQ's default, 30 minutes: longer than a debugger stops, shorter than a working day. */
const CONSUMER_TIMEOUT_MS = 30 * 60_000;

/** Clients need few channels; a program that opens more has forgotten to close them, and each takes memory. */
const CHANNELS = 128;

/** Messages that a consumer is given before it acknowledges one, if it names no number of its own. */
export const PREFETCH = "default_consumer_prefetch";
/**
 * What RabbitMQ itself gives such consumers of quorum queues. Those of classic queues are given all of the queue: three
 * that read nothing, on 300,000 messages of 1 KiB, ended a node of 512 MiB within two seconds.
 */
const UNACKNOWLEDGED = 2000;

/**
 * A connection with one channel and its statistics: its processes and socket buffers. The watermark blocks publishers,
 * but accepts connections, so that room for those of the workload must be below it.
 */
const CONNECTION = bytes(150 * KIB);
/** Connections that the smallest node has room for. */
const FEW_CONNECTIONS = 128;
const GRAIN = mib(16);

/** A started node with the management plugin uses 138 MiB (4.0): a watermark of 192 MiB leaves room for messages. */
const FLOOR = mib(320);
const IDEAL_LOW = mib(512);
/** 512 MiB of 8 GiB: the share with which a whole stack is known to work. A queue that needs more is a backlog. */
const IDEAL_OF_MACHINE = 1 / 16;
const IDEAL_HIGH = gib(2);
/** In MiB, as for every service: 512 less the floor. */
const WEIGHT = 512 - 320;

export function rabbitmqNeeds({ machine, workload }: NeedsInput): Needs {
  const connections = Math.max(0, workload.clients - FEW_CONNECTIONS) * CONNECTION;
  const more = Math.ceil(connections / WATERMARK / GRAIN) * GRAIN;
  const floor = bytes(FLOOR + more);
  const usual = Math.min(IDEAL_HIGH, Math.max(IDEAL_LOW, machine.memory * IDEAL_OF_MACHINE));
  const ideal = bytes(usual + more);
  // Half of the machine: booting takes three seconds of cpu time, most of it on one cpu.
  return { floor, ideal, weight: WEIGHT, cpus: Math.max(1, machine.cpus / 2) };
}

/** Returns the memory that the node reaches when publishers are blocked and the log of the quorum queues is full. */
export function worstCase({ watermark, wal }: { readonly watermark: Bytes; readonly wal: Bytes }): Bytes {
  return bytes(watermark + WAL_COPIES * wal);
}

export function rabbitmqSizes(limit: Bytes): { readonly watermark: Bytes; readonly wal: Bytes } {
  return { watermark: bytes(Math.max(mib(1), roundDown(bytes(limit * WATERMARK), mib(1)))), wal: WAL };
}

/** The same at every size. */
const CLIENT_LIMITS: readonly Setting[] = [
  {
    name: "consumer_timeout",
    value: CONSUMER_TIMEOUT_MS,
    unit: "ms",
    takes: "live",
    because: {
      formula: "30 min",
      inputs: {},
      source: "https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout: the default, written down",
    },
  },
  {
    name: "channel_max",
    value: CHANNELS,
    unit: "count",
    takes: "live",
    because: {
      formula: String(CHANNELS),
      inputs: {},
      source: "https://www.rabbitmq.com/docs/channels#channel-max: a leak of channels ends before the memory does",
    },
  },
  {
    name: PREFETCH,
    value: UNACKNOWLEDGED,
    unit: "count",
    takes: "live",
    because: {
      formula: String(UNACKNOWLEDGED),
      inputs: {},
      source:
        "https://www.rabbitmq.com/docs/consumer-prefetch#default-limit: a consumer without a limit can be given a " +
        "whole classic queue, and the watermark stops publishers only",
    },
  },
];

/** Returns the settings of a node with the limits of `share`. */
export function tuneRabbitmq({ share, machine: { disk } }: TuneInput): readonly Setting[] {
  const { watermark, wal } = rabbitmqSizes(share.memory);
  const schedulers = Math.max(1, Math.ceil(share.cpus));
  const L = formatBytes(share.memory);
  return [
    {
      name: "vm_memory_high_watermark.absolute",
      value: watermark,
      unit: "bytes",
      takes: "live",
      variable: "RABBITMQ_VM_MEMORY_HIGH_WATERMARK",
      because: {
        formula: "0.6 × L",
        inputs: { L },
        source: "https://www.rabbitmq.com/docs/memory#threshold: a relative value would mean the machine's memory",
      },
    },
    {
      name: "disk_free_limit.absolute",
      value: diskFreeLimit(watermark, disk),
      unit: "bytes",
      takes: "live",
      because: {
        formula: "max(1 GiB, watermark), at most D / 8",
        inputs: { watermark: formatBytes(watermark), ...(disk === undefined ? {} : { D: formatBytes(disk) }) },
        source:
          "https://www.rabbitmq.com/docs/production-checklist#resource-limits-disk-space: at least the watermark; the " +
          "default of 50 MB stops publishers after everything else",
      },
    },
    {
      name: "raft.wal_max_size_bytes",
      value: wal,
      unit: "bytes",
      takes: "restart",
      because: {
        formula: "32 MiB at every size, so that a change of profile needs no restart",
        inputs: {},
        source: "https://www.rabbitmq.com/docs/quorum-queues#resource-use: three times this size is held in memory",
      },
    },
    ...CLIENT_LIMITS,
    {
      name: "schedulers",
      value: schedulers,
      unit: "count",
      takes: "recreate",
      because: {
        formula: "⌈C⌉",
        inputs: { C: String(share.cpus) },
        source: "https://www.rabbitmq.com/docs/runtime#scheduling: Erlang starts one for each cpu of the machine",
      },
    },
  ];
}

function diskFreeLimit(watermark: Bytes, disk: Bytes | undefined): Bytes {
  const wanted = Math.max(DISK_FREE_LOW, watermark);
  return roundDown(bytes(disk === undefined ? wanted : Math.min(wanted, disk * DISK_FREE_FRACTION)), mib(1));
}
