/** PostgreSQL's settings from its share of the machine. Pure. */
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Because, Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, gib, KIB } from "../../core/units.ts";
import type { Workload } from "../../core/service/workload.ts";
import { LEAST_DIRECT, RESERVED_CONNECTIONS } from "../kit/postgresql/connections.ts";
import {
  AUTOVACUUM_WORKERS,
  divide,
  floor,
  maintenanceFraction,
  PORTIONS,
  roomToSort,
  SAFE_FRACTION,
  TUNED_FRACTION,
  workMemFactor,
  type Division,
} from "./memory.ts";
import { logging } from "./logging.ts";
import { because, count, floorMib, MANUAL, PAGE, PGTUNE, ratio, size, text } from "./tuned-setting.ts";
import { durable, walNeeds, writeAheadLog, type Durability } from "./wal.ts";

/** Weight in the budget, in MiB: 1024 in the split that is known to work on 8 GiB, less its floor of 288. */
const WEIGHT = 736;

/**
 * An eighth of the machine for the data, as in the split of 8 GiB; never more than a quarter, because a stack has other
 * services.
 */
const IDEAL_FRACTION = 1 / 8;
const MOST_FRACTION = 1 / 4;

/** More serves as cache: as much of the machine as the other services leave, up to these parts. */
const CACHE_FRACTION = { web: 3 / 8, oltp: 3 / 8, mixed: 3 / 8, dw: 1 / 2 } as const;

/** From here on, page tables for 4 kB pages cost more than huge pages complicate (pgtune). */
const HUGE_PAGES_FROM = gib(2);

/** Returns what one PostgreSQL needs of the machine. */
export function needs(input: NeedsInput): Needs {
  const least = floor(input);
  const { memory } = input.machine;
  const wanted = Math.min(Math.max(roomToSort(input), memory * IDEAL_FRACTION), memory * MOST_FRACTION);
  const ideal = bytes(Math.max(least, wanted));
  const { kind } = input.workload;
  return {
    floor: least,
    ideal,
    most: bytes(Math.max(ideal, memory * CACHE_FRACTION[kind])),
    weight: WEIGHT,
    cpus: input.machine.cpus,
    logs: walNeeds(input.workload),
  };
}

/** Returns all settings for one share. Throws BUDGET_IMPOSSIBLE below the floor of `needs`. */
export function tune(input: TuneInput, durability: Durability): readonly Setting[] {
  const division = divide(input);
  return [
    ...memory(division, input),
    ...processes(division, input),
    ...writeAheadLog(division, input),
    ...planner(division, input.workload),
    ...durable(durability),
    ...logging(),
  ];
}

function memory(division: Division, { workload, share }: TuneInput): readonly Setting[] {
  const { sharedBuffers, maintenance, tuned } = division;
  const M = `${formatBytes(tuned)} (${TUNED_FRACTION} · ${formatBytes(share.memory)})`;
  const divisor = 1 / maintenanceFraction(workload);
  return [
    size(
      "shared_buffers",
      sharedBuffers,
      "restart",
      PAGE,
      because("M / 4; M / 4 · 256 / P above 256 processes", { M, P: String(division.processes) }, PGTUNE),
    ),
    size("effective_cache_size", floorMib(tuned * 0.75), "live", PAGE, because("3 · M / 4", { M }, PGTUNE)),
    size("work_mem", division.workMem, "live", KIB, workMemBecause(division, workload, M)),
    size(
      "temp_buffers",
      division.tempBuffers,
      "live",
      PAGE,
      because(
        "work_mem, from 800 KiB to 8 MiB",
        { work_mem: formatBytes(division.workMem) },
        `${MANUAL}, 19.4.1: a session keeps what its temporary tables once took; the default is 8 MiB for each`,
      ),
    ),
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
        `(${SAFE_FRACTION} · L − everything else) / (${PORTIONS} · P), after as much for each session's temp_buffers`,
        { ...inputs, L: formatBytes(division.limit) },
        `${PGTUNE}, shrunk: with a sort and a hash table of 2 · work_mem in all P processes, the sum would pass ` +
          `${SAFE_FRACTION} of the limit`,
      );
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
          "pooled backends": `2 pools · (2 · ${machine.cpus} + 1, and ⌈${machine.cpus} / 2⌉ in reserve)`,
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
