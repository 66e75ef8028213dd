/** RabbitMQ's needs, and its settings as a function of its limits. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, mib, roundDown, type Bytes } from "../../core/units.ts";

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

/** Publishers are blocked before the disk is full for the other services. */
const DISK_FREE_LIMIT = gib(1);

/** A started node with the management plugin uses 138 MiB (4.0): a watermark of 192 MiB leaves room for messages. */
const FLOOR = mib(320);
const IDEAL_LOW = mib(512);
/** 512 MiB of 8 GiB: the share with which a whole stack is known to work. A queue that needs more is a backlog. */
const IDEAL_OF_MACHINE = 1 / 16;
const IDEAL_HIGH = gib(2);
/** In MiB, as for every service: 512 less the floor. */
const WEIGHT = 512 - 320;

export function rabbitmqNeeds({ machine }: NeedsInput): Needs {
  const ideal = bytes(Math.min(IDEAL_HIGH, Math.max(IDEAL_LOW, machine.memory * IDEAL_OF_MACHINE)));
  // Half of the machine: booting takes three seconds of cpu time, most of it on one cpu.
  return { floor: FLOOR, ideal, weight: WEIGHT, cpus: Math.max(1, machine.cpus / 2) };
}

/** Returns the memory that the node reaches when publishers are blocked and the log of the quorum queues is full. */
export function worstCase({ watermark, wal }: { readonly watermark: Bytes; readonly wal: Bytes }): Bytes {
  return bytes(watermark + WAL_COPIES * wal);
}

export function rabbitmqSizes(limit: Bytes): { readonly watermark: Bytes; readonly wal: Bytes } {
  return { watermark: bytes(Math.max(mib(1), roundDown(bytes(limit * WATERMARK), mib(1)))), wal: WAL };
}

/** Returns the settings of a node with the limits of `share`. */
export function tuneRabbitmq({ share }: TuneInput): readonly Setting[] {
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
      value: DISK_FREE_LIMIT,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "1 GiB",
        inputs: {},
        source:
          "https://www.rabbitmq.com/docs/disk-alarms: the default of 50 MB stops publishers after everything else",
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
