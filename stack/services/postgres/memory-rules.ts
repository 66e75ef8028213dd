/** Whether PostgreSQL's settings fit into its container, counted as the computed ones are. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { poolSize } from "../../core/service/workload.ts";
import { bytes, formatBytes, KIB, MIB, type Bytes } from "../../core/units.ts";
import { memoryJudgement, numberIn, severityOf } from "../kit/settings.ts";
import {
  AUTOVACUUM_WORKERS,
  BACKEND,
  fixedMemory,
  HASH_MEM_MULTIPLIER,
  portionsFor,
  SAFE_FRACTION,
  sessionMemory,
} from "./memory.ts";

/** temp_buffers of the server if neither the formulas nor the profile give it. */
const TEMP_BUFFERS = 8 * MIB;
/** The server takes no fewer. */
const LEAST_TEMP_BUFFERS = 800 * KIB;

/** What takes memory whatever the sessions do, the likeliest mistake first. */
const FIXED = [
  "shared_buffers",
  "max_connections",
  "maintenance_work_mem",
  "autovacuum_work_mem",
  "max_worker_processes",
  "wal_buffers",
  "autovacuum_max_workers",
  "min_dynamic_shared_memory",
  "max_locks_per_transaction",
  "max_pred_locks_per_transaction",
  "max_prepared_transactions",
  "max_wal_senders",
  "track_activity_query_size",
];
const SORTING = ["work_mem", "hash_mem_multiplier"];

/**
 * Refuses what cannot work: memory that is always needed and does not fit, and active sessions that cannot even sort
 * once each. Warns where the worst case, with every portion in every process, would pass the limit.
 */
export function memoryRules({ settings, tuned: { share, machine } }: JudgeInput): readonly Judgement[] {
  const of = (name: string, fallback = 0) => numberIn(settings, name, fallback);
  const connections = of("max_connections");
  const processes = connections + of("max_worker_processes");
  const maintenance = of("maintenance_work_mem");
  const shared = sharedBeyondDefaults(of, connections + of("max_worker_processes", WORKERS));
  const own = fixedMemory(
    {
      sharedBuffers: of("shared_buffers"),
      walBuffers: of("wal_buffers"),
      maintenance,
      autovacuum: of("autovacuum_work_mem", -1) < 0 ? maintenance : of("autovacuum_work_mem"),
      autovacuumWorkers: of("autovacuum_max_workers", AUTOVACUUM_WORKERS),
      processes,
    },
    machine.cpus,
  );
  const fixed = bytes(own + shared);
  const safe = bytes(SAFE_FRACTION * share.memory);
  const judgement = memoryJudgement(share.memory, safe);
  const fitting = () => {
    const tables = shared > 0 ? `${formatBytes(shared)} of other shared memory, ` : "";
    const expected = `shared_buffers, ${tables}maintenance memory and ${formatBytes(BACKEND)} for each of ${processes} processes to fit`;
    return judgement(FIXED, severityOf(fixed, share), fixed, expected);
  };
  if (fixed > share.memory) return fitting();
  const workMem = of("work_mem");
  // As many as one pool runs at the same time.
  const active = poolSize(machine.cpus);
  if (fixed + active * workMem > share.memory) {
    const expected = workMemWithin(
      share.memory - fixed,
      active,
      `beside the rest, with ${active} sessions that sort at once`,
    );
    return judgement([...SORTING, ...FIXED], "refused", fixed + active * workMem, expected);
  }
  if (fixed > safe) return fitting();
  const tempBuffers = of("temp_buffers", TEMP_BUFFERS);
  const temporary = sessionMemory({ processes, portions: 0, workMem: 0, connections, tempBuffers });
  if (fixed + temporary > safe) {
    const most = (safe - fixed) / connections;
    const expected =
      most < LEAST_TEMP_BUFFERS
        ? `less shared memory, or fewer connections: not even the least temp_buffers, 800 KiB, fit if all ${connections} sessions have temporary tables`
        : `temp_buffers of at most ${atMost(safe - fixed, connections)} if all ${connections} sessions have temporary tables`;
    return judgement(["temp_buffers", ...FIXED], "warned", fixed + temporary, expected);
  }
  const portions = portionsFor(of("hash_mem_multiplier", HASH_MEM_MULTIPLIER));
  const worst = fixed + sessionMemory({ processes, portions, workMem, connections, tempBuffers });
  if (worst <= safe) return [];
  const room = safe - fixed - temporary;
  const all = `if all ${processes} processes sort and hash at once`;
  const multiplier = Math.floor(room / (processes * workMem)) - 1;
  const expected =
    room / (processes * portions) < LEAST_WORK_MEM && multiplier >= 1
      ? `a hash_mem_multiplier of at most ${multiplier} ${all}, each with work_mem and as many times that to hash in`
      : workMemWithin(room, processes * portions, `${all}, ${portions} · work_mem each`);
  return judgement([...SORTING, "temp_buffers", ...FIXED], "warned", worst, expected);
}

/** The server takes no smaller one. */
const LEAST_WORK_MEM = 64 * KIB;

/** What is expected of work_mem, of which `parts` are in use at once. */
function workMemWithin(room: number, parts: number, when: string): string {
  if (room / parts >= LEAST_WORK_MEM) return `a work_mem of at most ${atMost(room, parts)} ${when}`;
  return `less shared memory, or fewer processes: not even the least work_mem, 64 KiB, fits ${when}`;
}

/** The server's defaults of what takes shared memory, which are part of what was measured of a started server. */
const WORKERS = 8;
const SENDERS = 10;
const LOCKS = 64;
const QUERY = 1024;

/**
 * Shared memory of one place in a table, as `postgres -C shared_memory_size` reports it for large tables: a lock, a
 * predicate lock, and a process without its locks.
 */
const LOCK = 400;
const PREDICATE_LOCK = 250;
const PROCESS = 9 * KIB;

/** Returns the shared memory that is allocated at the start, beyond shared_buffers and what the defaults take. */
function sharedBeyondDefaults(of: (name: string, fallback?: number) => number, processes: number): Bytes {
  const senders = of("max_wal_senders", SENDERS) + of("max_prepared_transactions");
  const locks =
    of("max_locks_per_transaction", LOCKS) * LOCK + of("max_pred_locks_per_transaction", LOCKS) * PREDICATE_LOCK;
  const given = (processes + senders) * (PROCESS + locks + of("track_activity_query_size", QUERY));
  const usual = (processes + SENDERS) * (PROCESS + LOCKS * (LOCK + PREDICATE_LOCK) + QUERY);
  return bytes(Math.max(0, given - usual) + of("min_dynamic_shared_memory"));
}

function atMost(room: number, parts: number): string {
  const most = Math.max(0, room / parts);
  const step = most >= MIB ? MIB : KIB;
  return formatBytes(bytes(Math.floor(most / step) * step));
}
