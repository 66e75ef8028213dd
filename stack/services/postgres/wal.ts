/** PostgreSQL's write-ahead log: its sizes, and what a commit guarantees. Pure. */
import type { TuneInput } from "../../core/service/service.ts";
import type { Because, Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, MIB, mib, type Bytes } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import type { Division } from "./memory.ts";
import { because, floorMib, MANUAL, PAGE, PGTUNE, ratio, size, text } from "./tuned-setting.ts";

/**
 * What a commit guarantees: `full` survives a power cut; `relaxed` may lose the last moments, but never corrupts data.
 */
export type Durability = "full" | "relaxed";

/** Smaller shares are development machines with small disks: WAL is kept small there. */
const SMALL = gib(2);

/** pgtune's minimum and maximum of WAL between checkpoints. */
const WAL_SIZES = {
  web: [gib(1), gib(4)],
  mixed: [gib(1), gib(4)],
  oltp: [gib(2), gib(8)],
  dw: [gib(4), gib(16)],
} as const satisfies Readonly<Record<Workload["kind"], readonly [Bytes, Bytes]>>;

/** What WAL needs of a small disk, and four segments of 16 MiB as the least that keeps checkpoints apart. */
const LEAST_WAL = mib(512);
const LEAST_WAL_SIZE = mib(64);

/** What WAL takes of the disk: its largest size between checkpoints. */
export function walNeeds({ kind }: Workload): { readonly floor: Bytes; readonly ideal: Bytes } {
  return { floor: LEAST_WAL, ideal: WAL_SIZES[kind][1] };
}

export function writeAheadLog(division: Division, { workload: { kind }, logs }: TuneInput): readonly Setting[] {
  const { walBuffers, limit, sharedBuffers } = division;
  const [few, many] = limit < SMALL ? ([mib(256), gib(1)] as const) : WAL_SIZES[kind];
  const most = bytes(Math.max(LEAST_WAL_SIZE, Math.min(many, floorMib(logs ?? many))));
  const least = bytes(Math.min(few, floorMib(most / 4)));
  const inputs = { L: formatBytes(limit), kind, ...(logs === undefined ? {} : { D: formatBytes(logs) }) };
  const reason =
    limit < SMALL
      ? because(
          "256 MiB and 1 GiB below 2 GiB of memory, at most D / 4 and D",
          inputs,
          "a development machine's disk is small",
        )
      : because(
          "1 and 4 GiB; 2 and 8 for oltp, 4 and 16 for dw; at most D / 4 and D, the share of the disk",
          inputs,
          PGTUNE,
        );
  const third = because(
    "shared_buffers / 32, from 64 KiB to 16 MiB",
    { shared_buffers: formatBytes(sharedBuffers) },
    `${MANUAL}, 19.5.1: what wal_buffers = -1 gives, as an absolute value`,
  );
  return [
    size("wal_buffers", walBuffers, "restart", PAGE, third),
    size("min_wal_size", least, "live", MIB, reason),
    size("max_wal_size", most, "live", MIB, reason),
    size(
      "max_slot_wal_keep_size",
      most,
      "live",
      MIB,
      because(
        "max_wal_size",
        { max_wal_size: formatBytes(most) },
        `${MANUAL}, 19.6.1: by default a replication slot that nobody reads any more fills the disk`,
      ),
    ),
    ratio(
      "checkpoint_completion_target",
      0.9,
      "live",
      because("0.9", {}, "PostgreSQL commit bbcc4eb2: spread the writes over the whole interval"),
    ),
  ];
}

export function durable(durability: Durability): readonly Setting[] {
  const reason = (formula: string): Because =>
    because(formula, { durability }, `${MANUAL}, 19.5.1 and 28.4: the option postgres.durability`);
  return [
    text("fsync", "on", "live", reason("on always: without it a crash may destroy the cluster")),
    text("full_page_writes", "on", "live", reason("on always: protects from torn pages")),
    text(
      "synchronous_commit",
      durability === "full" ? "on" : "off",
      "live",
      reason("on if full; off if relaxed: a crash may lose the last 0.6 s of commits, and nothing is corrupt"),
    ),
  ];
}
