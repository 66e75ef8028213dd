/** Whether MySQL's settings fit into its container, counted as the computed ones are. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { poolSize } from "../../core/service/workload.ts";
import { bytes, MIB } from "../../core/units.ts";
import { memoryJudgement, numberIn, severityOf } from "../kit/settings.ts";
import { bufferMemory, LOG_BUFFER, serverMemory, USABLE } from "./memory.ts";

/** What takes memory whatever the sessions do, the likeliest mistake first. */
const FIXED = [
  "innodb_buffer_pool_size",
  "innodb_buffer_pool_chunk_size",
  "innodb_buffer_pool_instances",
  "max_connections",
  "temptable_max_ram",
  "innodb_log_buffer_size",
  "key_buffer_size",
  "net_buffer_length",
];

/** Buffers that a session allocates whole as soon as a statement needs them. */
const BUFFERS = ["sort_buffer_size", "join_buffer_size", "read_buffer_size", "read_rnd_buffer_size"];

/** The server's defaults, which are part of what was measured of a started server and of a connection. */
const KEY_BUFFER = 8 * MIB;
const READ_BUFFER = 131_072;
const READ_RND_BUFFER = 262_144;
const NET_BUFFER = 16_384;

/**
 * Refuses what cannot work: memory that is always needed and does not fit, and active sessions whose buffers do not.
 * Warns where the worst case would pass the limit: the copies of the largest packet, and buffers of every connection.
 */
export function memoryRules({ settings, tuned: { share, machine } }: JudgeInput): readonly Judgement[] {
  const of = (name: string, fallback = 0) => numberIn(settings, name, fallback);
  const more = (name: string, measured: number) => Math.max(0, of(name, measured) - measured);
  const chunk = of("innodb_buffer_pool_chunk_size", 1) * Math.max(1, of("innodb_buffer_pool_instances", 1));
  const connections = of("max_connections");
  const parts = {
    pool: Math.ceil(of("innodb_buffer_pool_size") / chunk) * chunk,
    temporary: of("temptable_max_ram"),
    connections,
  };
  const others =
    of("innodb_log_buffer_size", LOG_BUFFER) -
    LOG_BUFFER +
    of("key_buffer_size", KEY_BUFFER) -
    KEY_BUFFER +
    connections * more("net_buffer_length", NET_BUFFER);
  const session =
    bufferMemory({ sort: of("sort_buffer_size"), join: of("join_buffer_size") }) +
    more("read_buffer_size", READ_BUFFER) +
    more("read_rnd_buffer_size", READ_RND_BUFFER);
  const at = (sessions: number, packet = 0) => bytes(serverMemory({ ...parts, packet }) + others + sessions * session);
  const safe = bytes(USABLE * share.memory);
  const judgement = memoryJudgement(share.memory, safe);
  const fitting = () => {
    const expected = `the buffer pool, temporary tables and ${connections} connections to fit`;
    return judgement(FIXED, severityOf(at(0), share), at(0), expected);
  };
  if (at(0) > share.memory) return fitting();
  const active = Math.min(connections, poolSize(machine.cpus));
  if (at(active) > share.memory) {
    const expected = `buffers of ${active} sessions that sort and join at once to fit`;
    return judgement([...BUFFERS, ...FIXED], "refused", at(active), expected);
  }
  if (at(0) > safe) return fitting();
  const packet = of("max_allowed_packet");
  if (at(0, packet) > safe) {
    const expected = "seven of the largest packet to fit: one statement holds as many copies of it";
    return judgement(["max_allowed_packet", ...FIXED], "warned", at(0, packet), expected);
  }
  if (at(connections, packet) <= safe) return [];
  const expected = `buffers of all ${connections} connections to fit if all sort and join at once, and the largest packet`;
  return judgement([...BUFFERS, "max_allowed_packet", ...FIXED], "warned", at(connections, packet), expected);
}
