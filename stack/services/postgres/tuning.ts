/** PostgreSQL's settings from its share of the machine. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Because, Setting, SettingUnit, Takes } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, KIB, MIB, mib, type Bytes } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import { LEAST_DIRECT, RESERVED_CONNECTIONS } from "../kit/postgresql/connections.ts";
import {
  AUTOVACUUM_WORKERS,
  BACKEND,
  divide,
  floor,
  maintenanceFraction,
  roomToSort,
  SAFE_FRACTION,
  TUNED_FRACTION,
  workMemFactor,
  type Division,
} from "./memory.ts";

/**
 * What a commit guarantees: `full` survives a power cut; `relaxed` may lose the last moments, but never corrupts data.
 */
export type Durability = "full" | "relaxed";

/** Weight in the budget, in MiB: 1024 in the split that is known to work on 8 GiB, less its floor of 288. */
const WEIGHT = 736;

/**
 * An eighth of the machine for the data, as in the split of 8 GiB; never more than a quarter, because a stack has other
 * services.
 */
const IDEAL_FRACTION = 1 / 8;
const MOST_FRACTION = 1 / 4;

/** Smaller shares are development machines with small disks: WAL is kept small there. */
const SMALL = gib(2);

/** From here on, page tables for 4 kB pages cost more than huge pages complicate (pgtune). */
const HUGE_PAGES_FROM = gib(2);

const PGTUNE = "pgtune, src/features/configuration/configurationSlice.js, July 2026";
const MANUAL = "PostgreSQL 18 manual";

/** Returns what one PostgreSQL needs of the machine. */
export function needs(input: NeedsInput): Needs {
  const least = floor(input);
  const { memory } = input.machine;
  const wanted = Math.min(Math.max(roomToSort(input), memory * IDEAL_FRACTION), memory * MOST_FRACTION);
  return {
    floor: least,
    ideal: bytes(Math.max(least, wanted)),
    weight: WEIGHT,
    cpus: input.machine.cpus,
  };
}

/** Returns all settings for one share. Throws BUDGET_IMPOSSIBLE below the floor of `needs`. */
export function tune(input: TuneInput, durability: Durability): readonly Setting[] {
  const division = divide(input);
  return [
    ...memory(division, input),
    ...processes(division, input),
    ...writeAheadLog(division, input.workload),
    ...planner(division, input.workload),
    ...durable(durability),
  ];
}

function memory(division: Division, { workload, share }: TuneInput): readonly Setting[] {
  const { sharedBuffers, maintenance, tuned } = division;
  const M = `${formatBytes(tuned)} (${TUNED_FRACTION} · ${formatBytes(share.memory)})`;
  const divisor = 1 / maintenanceFraction(workload);
  return [
    size("shared_buffers", sharedBuffers, "restart", PAGE, because("M / 4", { M }, PGTUNE)),
    size("effective_cache_size", floorMib(tuned * 0.75), "live", PAGE, because("3 · M / 4", { M }, PGTUNE)),
    size("work_mem", division.workMem, "live", KIB, workMemBecause(division, workload, M)),
    size("maintenance_work_mem", maintenance, "live", KIB, because(`M / ${divisor}, at most 8 GiB`, { M }, PGTUNE)),
    size(
      "autovacuum_work_mem",
      division.autovacuum,
      "live",
      KIB,
      because(
        "maintenance_work_mem / autovacuum workers",
        { maintenance_work_mem: formatBytes(maintenance), "autovacuum workers": String(AUTOVACUUM_WORKERS) },
        `${MANUAL}, 19.4.1: all workers at once then take what one index build does`,
      ),
    ),
    text(
      "huge_pages",
      sharedBuffers >= HUGE_PAGES_FROM ? "try" : "off",
      "restart",
      because("off below 2 GiB of shared_buffers", { shared_buffers: formatBytes(sharedBuffers) }, PGTUNE),
    ),
  ];
}

function workMemBecause(division: Division, workload: Workload, M: string): Because {
  const inputs = {
    M,
    S: formatBytes(division.sharedBuffers),
    P: `${division.processes} (max_connections + max_worker_processes)`,
  };
  const factor = workMemFactor(workload) === 1 ? "" : " · ½";
  const formula = `(M − S) / (P · 3)${factor}`;
  switch (division.workMemBound) {
    case "pgtune":
      return because(formula, inputs, PGTUNE);
    case "sum":
      return because(
        `(${SAFE_FRACTION} · L − everything else) / P − ${formatBytes(BACKEND)}`,
        { ...inputs, L: formatBytes(division.limit) },
        `${PGTUNE}, shrunk: with all P processes at it, the sum would pass ${SAFE_FRACTION} of the limit`,
      );
    case "least":
      return because(`${formula}, at least 1 MiB`, inputs, PGTUNE);
  }
}

function processes(division: Division, { share, machine, workload }: TuneInput): readonly Setting[] {
  const C = Math.ceil(share.cpus);
  const helpers = C < 4 ? Math.min(2, C - 1) : Math.min(4, Math.ceil(C / 2));
  const perGather = C >= 4 && workload.kind === "dw" ? Math.ceil(C / 2) : helpers;
  const inputs = { C: String(C) };
  const half = "⌈C / 2⌉, at most 4; below 4 cpus C − 1, at most 2";
  const source = C < 4 ? "the leader of a parallel query works too: C − 1 helpers fill the cpus" : PGTUNE;
  return [
    count(
      "max_connections",
      division.maxConnections,
      "restart",
      because(
        `pooled backends + direct connections (at least ${LEAST_DIRECT})`,
        {
          "pooled backends": `2 pools · (2 · ${machine.cpus} + 1)`,
          "direct connections": String(workload.connections),
        },
        "a pool is in front: only its backends and the direct connections of the workload arrive",
      ),
    ),
    count(
      "superuser_reserved_connections",
      RESERVED_CONNECTIONS,
      "restart",
      because("3", {}, `${MANUAL}, 19.3.1: the default, written down because the pools count on it`),
    ),
    count("max_worker_processes", division.workers, "restart", because("C, but 8 if C < 4", inputs, PGTUNE)),
    count("max_parallel_workers", C, "live", because("C", inputs, PGTUNE)),
    count(
      "max_parallel_workers_per_gather",
      perGather,
      "live",
      because(workload.kind === "dw" ? "⌈C / 2⌉; below 4 cpus C − 1, at most 2" : half, inputs, source),
    ),
    count("max_parallel_maintenance_workers", helpers, "live", because(half, inputs, source)),
  ];
}

function writeAheadLog({ walBuffers, limit, sharedBuffers }: Division, { kind }: Workload): readonly Setting[] {
  const [least, most] = limit < SMALL ? ([mib(256), gib(1)] as const) : WAL_SIZES[kind];
  const inputs = { L: formatBytes(limit), kind };
  const reason =
    limit < SMALL
      ? because("256 MiB and 1 GiB below 2 GiB of memory", inputs, "a development machine's disk is small")
      : because("1 and 4 GiB; 2 and 8 for oltp, 4 and 16 for dw", inputs, PGTUNE);
  const third = because(
    "shared_buffers / 32, from 64 KiB to 16 MiB",
    { shared_buffers: formatBytes(sharedBuffers) },
    `${MANUAL}, 19.5.1: what wal_buffers = -1 gives, as an absolute value`,
  );
  return [
    size("wal_buffers", walBuffers, "restart", PAGE, third),
    size("min_wal_size", least, "live", MIB, reason),
    size("max_wal_size", most, "live", MIB, reason),
    ratio(
      "checkpoint_completion_target",
      0.9,
      "live",
      because("0.9", {}, "PostgreSQL commit bbcc4eb2: spread the writes over the whole interval"),
    ),
  ];
}

function planner({ limit }: Division, { kind }: Workload): readonly Setting[] {
  const inputs = { kind, L: formatBytes(limit) };
  return [
    ratio("random_page_cost", 1.1, "live", because("1.1 on solid state", {}, PGTUNE)),
    count("effective_io_concurrency", 200, "live", because("200 on solid state", {}, PGTUNE)),
    count("default_statistics_target", kind === "dw" ? 500 : 100, "live", because("100; 500 for dw", inputs, PGTUNE)),
    text(
      "jit",
      kind === "dw" ? "on" : "off",
      "live",
      because("on for dw: short queries never earn back the compiler", inputs, PGTUNE),
    ),
  ];
}

function durable(durability: Durability): readonly Setting[] {
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

/** pgtune's minimum and maximum of WAL between checkpoints. */
const WAL_SIZES = {
  web: [gib(1), gib(4)],
  mixed: [gib(1), gib(4)],
  oltp: [gib(2), gib(8)],
  dw: [gib(4), gib(16)],
} as const satisfies Readonly<Record<Workload["kind"], readonly [Bytes, Bytes]>>;

/** PostgreSQL's block size: buffers are counted in blocks. */
const PAGE = 8 * KIB;

function because(formula: string, inputs: Readonly<Record<string, string>>, source: string): Because {
  return { formula, inputs, source };
}

/** `step` is the unit in which the server stores the value, and which a number without a unit has in its files. */
function size(name: string, value: Bytes, takes: Takes, step: number, because: Because): Setting {
  const reason = `the server keeps ${name} in units of ${formatBytes(bytes(step))}`;
  const tolerance = { kind: "granularity", step, reason } as const;
  return { ...setting(name, value, "bytes", takes, because), tolerance, bareUnit: step };
}

function count(name: string, value: number, takes: Takes, because: Because): Setting {
  return setting(name, value, "count", takes, because);
}

function ratio(name: string, value: number, takes: Takes, because: Because): Setting {
  return setting(name, value, "ratio", takes, because);
}

function text(name: string, value: string, takes: Takes, because: Because): Setting {
  return setting(name, value, "text", takes, because);
}

function setting(name: string, value: string | number, unit: SettingUnit, takes: Takes, because: Because): Setting {
  return { name, value, unit, takes, because, variable: `POSTGRES_${name.toUpperCase()}` };
}

function floorMib(size: number): Bytes {
  return mib(Math.floor(size / MIB));
}
