/** Whether PostgreSQL's settings fit into its container, counted as the computed ones are. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { poolSize } from "../../core/service/workload.ts";
import { bytes, formatBytes, KIB, MIB } from "../../core/units.ts";
import { numberIn, severityOf } from "../kit/settings.ts";
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

/** What takes memory whatever the sessions do, the likeliest mistake first. */
const FIXED = [
  "shared_buffers",
  "max_connections",
  "maintenance_work_mem",
  "autovacuum_work_mem",
  "max_worker_processes",
  "wal_buffers",
  "autovacuum_max_workers",
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
  const fixed = fixedMemory(
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
  const safe = bytes(SAFE_FRACTION * share.memory);
  const limit = `${formatBytes(share.memory)}, of which ${formatBytes(safe)} are for the server`;
  const judgement = (names: readonly string[], severity: Judgement["severity"], sum: number, expected: string) => [
    { settings: names, severity, found: `${formatBytes(bytes(sum))} in a container of ${limit}`, expected },
  ];
  const fitting = () => {
    const expected = `shared_buffers, maintenance memory and ${formatBytes(BACKEND)} for each of ${processes} processes to fit`;
    return judgement(FIXED, severityOf(fixed, share), fixed, expected);
  };
  if (fixed > share.memory) return fitting();
  const workMem = of("work_mem");
  // As many as one pool runs at the same time.
  const active = poolSize(machine.cpus);
  if (fixed + active * workMem > share.memory) {
    const expected = `a work_mem of at most ${atMost(share.memory - fixed, active)} beside the rest, with ${active} sessions that sort at once`;
    return judgement([...SORTING, ...FIXED], "refused", fixed + active * workMem, expected);
  }
  if (fixed > safe) return fitting();
  const tempBuffers = of("temp_buffers", TEMP_BUFFERS);
  const temporary = sessionMemory({ processes, portions: 0, workMem: 0, connections, tempBuffers });
  if (fixed + temporary > safe) {
    const expected = `temp_buffers of at most ${atMost(safe - fixed, connections)} if all ${connections} sessions have temporary tables`;
    return judgement(["temp_buffers", ...FIXED], "warned", fixed + temporary, expected);
  }
  const portions = portionsFor(of("hash_mem_multiplier", HASH_MEM_MULTIPLIER));
  const worst = fixed + sessionMemory({ processes, portions, workMem, connections, tempBuffers });
  if (worst <= safe) return [];
  const most = atMost(safe - fixed - temporary, processes * portions);
  const expected = `a work_mem of at most ${most} if all ${processes} processes sort and hash at once, ${portions} · work_mem each`;
  return judgement([...SORTING, "temp_buffers", ...FIXED], "warned", worst, expected);
}

function atMost(room: number, parts: number): string {
  const most = Math.max(0, room / parts);
  const step = most >= MIB ? MIB : KIB;
  return formatBytes(bytes(Math.floor(most / step) * step));
}
