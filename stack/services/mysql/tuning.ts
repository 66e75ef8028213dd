/** MySQL's settings as a function of its limits. Pure. */
import type { TuneInput } from "../../core/service/service.ts";
import type { Because, Setting } from "../../core/service/setting.ts";
import { bytes, formatBytes, mib, roundDown, type Bytes } from "../../core/units.ts";
import { connectionsFor, LOG_BUFFER, LOGS, mysqlSizes, type MysqlSizes } from "./memory.ts";

export type Durability = "full" | "relaxed";

export interface MysqlOptions {
  readonly durability: Durability;
  readonly binaryLog: boolean;
}

const MANUAL = "https://dev.mysql.com/doc/refman/8.4/en";

/** Returns the settings of a MySQL server with the limit `share.memory`. */
export function tuneMysql({ share, workload, logs }: TuneInput, options: MysqlOptions): readonly Setting[] {
  const all = mysqlSizes(share.memory, connectionsFor(workload), workload.kind);
  const disk = logs ?? LOGS[options.binaryLog ? "withBinaryLog" : "redoOnly"].ideal;
  const sizes = { ...all, redo: redoWithin(all.redo, disk, options) };
  return [
    ...poolSettings(sizes, share.memory),
    ...sessionSettings(sizes, share.memory),
    ...durabilitySettings(options),
    ...binaryLogSettings(disk),
    ...slowLogSettings(),
  ];
}

/** The redo log has its share of the disk to itself, or half of it beside the binary logs; at least 16 MiB. */
function redoWithin(redo: Bytes, disk: Bytes, { binaryLog }: MysqlOptions): Bytes {
  const room = roundDown(bytes(binaryLog ? disk / 2 : disk), mib(1));
  return bytes(Math.min(redo, Math.max(mib(16), room)));
}

function poolSettings({ pool, chunk, redo, connections }: MysqlSizes, limit: Bytes): readonly Setting[] {
  const grain = { kind: "granularity", step: chunk, reason: "the pool is rounded up to chunk × instances" } as const;
  return [
    {
      name: "innodb_buffer_pool_size",
      value: pool,
      unit: "bytes",
      takes: "live",
      tolerance: grain,
      variable: "MYSQL_INNODB_BUFFER_POOL",
      because: {
        formula: "what the worst case of everything else leaves of 0.9 × L: from 64 MiB to L / 2, whole chunks",
        inputs: { L: formatBytes(limit), chunk: formatBytes(chunk), connections: String(connections) },
        source: `${MANUAL}/innodb-buffer-pool-resize.html`,
      },
    },
    {
      name: "innodb_buffer_pool_chunk_size",
      value: chunk,
      unit: "bytes",
      takes: "restart",
      because: {
        formula: "32 MiB, doubled while the pool would need more than 1,000 chunks",
        inputs: { pool: formatBytes(pool) },
        source: `${MANUAL}/innodb-parameters.html#sysvar_innodb_buffer_pool_chunk_size`,
      },
    },
    {
      name: "innodb_buffer_pool_instances",
      value: 1,
      unit: "count",
      takes: "restart",
      because: {
        formula: "1",
        inputs: {},
        source: "more instances help only when many cores contend for one pool, and each one coarsens the rounding",
      },
    },
    {
      name: "innodb_redo_log_capacity",
      value: redo,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "pool / 2, between 100 and 256 MiB, and within its share of the disk",
        inputs: { pool: formatBytes(pool) },
        source: `${MANUAL}/innodb-redo-log.html: large enough that checkpoints do not stall writes, small to recover`,
      },
    },
    {
      name: "innodb_log_buffer_size",
      value: LOG_BUFFER,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "16 MiB",
        inputs: {},
        source: `${MANUAL}/innodb-parameters.html#sysvar_innodb_log_buffer_size: the default of 64 MiB serves huge transactions`,
      },
    },
  ];
}

function sessionSettings(
  { temporary, packet, sessionBuffer, connections, extra }: MysqlSizes,
  limit: Bytes,
): readonly Setting[] {
  const buffer = (name: string): Setting => ({
    name,
    value: sessionBuffer,
    unit: "bytes",
    takes: "live",
    because: {
      formula: "64 KiB + E / 4 / (3 · (connections + 1)), capped by the kind; E: 0.9 × L beyond the smallest sizes",
      inputs: { L: formatBytes(limit), E: formatBytes(extra), connections: String(connections) },
      source: `${MANUAL}/server-system-variables.html#sysvar_${name}: larger than needed slows most queries`,
    },
  });
  return [
    {
      name: "max_connections",
      value: connections,
      unit: "count",
      takes: "live",
      variable: "MYSQL_MAX_CONNECTIONS",
      because: {
        formula: "the larger of the workload's connections and its clients up to 151, since no pool is in front",
        inputs: { connections: String(connections) },
        source: "the profile's workload; the memory floor grows with it",
      },
    },
    buffer("sort_buffer_size"),
    buffer("join_buffer_size"),
    {
      name: "temptable_max_ram",
      value: temporary,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "8 MiB + E / 16, at most 256 MiB; E: what 0.9 × L has beyond the smallest sizes",
        inputs: { L: formatBytes(limit), E: formatBytes(extra) },
        source: `${MANUAL}/internal-temporary-tables.html: the default is 3 % of the machine's memory, not the container's`,
      },
    },
    {
      name: "tmp_table_size",
      value: temporary,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "temptable_max_ram",
        inputs: { temptable_max_ram: formatBytes(temporary) },
        source: `${MANUAL}/server-system-variables.html#sysvar_tmp_table_size: one query may use what all share`,
      },
    },
    {
      name: "max_allowed_packet",
      value: packet,
      unit: "bytes",
      takes: "live",
      because: {
        formula: "4 MiB + E / 56, at most 64 MiB; E: what 0.9 × L has beyond the smallest sizes",
        inputs: { L: formatBytes(limit), E: formatBytes(extra) },
        source: `${MANUAL}/server-system-variables.html#sysvar_max_allowed_packet: 64 MiB by default, of which one statement may hold seven copies`,
      },
    },
  ];
}

function durabilitySettings({ durability, binaryLog }: MysqlOptions): readonly Setting[] {
  const full = durability === "full";
  const inputs = { durability };
  return [
    {
      name: "innodb_flush_log_at_trx_commit",
      value: full ? 1 : 2,
      unit: "text",
      takes: "live",
      because: {
        formula: "1 (flushed at each commit) with full durability, 2 (flushed once a second) with relaxed",
        inputs,
        source: `${MANUAL}/innodb-parameters.html#sysvar_innodb_flush_log_at_trx_commit`,
      },
    },
    {
      name: "sync_binlog",
      value: full ? 1 : 0,
      unit: "text",
      takes: "live",
      because: {
        formula: "1 with full durability, 0 with relaxed",
        inputs,
        source: `${MANUAL}/replication-options-binary-log.html#sysvar_sync_binlog`,
      },
    },
    {
      name: "innodb_flush_method",
      value: "O_DIRECT",
      unit: "text",
      takes: "restart",
      because: {
        formula: "O_DIRECT",
        inputs: {},
        source: `${MANUAL}/innodb-parameters.html#sysvar_innodb_flush_method: pages are cached in the pool, not twice`,
      },
    },
    {
      name: "log_bin",
      value: binaryLog ? "ON" : "OFF",
      unit: "text",
      takes: "restart",
      because: {
        formula: "ON when the profile asks for a binary log",
        inputs: { binaryLog: String(binaryLog) },
        source: "nothing replicates from a development server, and each commit would wait for a second flush",
      },
    },
  ];
}

/** Written without a binary log too: they then have no effect. */
function binaryLogSettings(disk: Bytes): readonly Setting[] {
  const eighth = roundDown(bytes(disk / 8), mib(1));
  return [
    {
      name: "binlog_expire_logs_seconds",
      value: 86_400,
      // A bare number in a profile is as valid as in my.cnf: the name says the unit.
      unit: "count",
      takes: "live",
      because: {
        formula: "a day in seconds",
        inputs: {},
        source: `${MANUAL}/replication-options-binary-log.html#sysvar_binlog_expire_logs_seconds: 30 days by default`,
      },
    },
    {
      name: "max_binlog_size",
      value: Math.min(mib(256), Math.max(mib(16), eighth)),
      unit: "bytes",
      takes: "live",
      because: {
        formula: "D / 8, from 16 to 256 MiB",
        inputs: { D: formatBytes(disk) },
        source: `${MANUAL}/replication-options-binary-log.html#sysvar_max_binlog_size: only whole files expire`,
      },
    },
  ];
}

function slowLogSettings(): readonly Setting[] {
  return [
    { name: "slow_query_log", value: "ON", unit: "text", takes: "live", because: slowLog("ON", "slow_query_log") },
    {
      name: "long_query_time",
      value: 1,
      unit: "ratio",
      takes: "live",
      because: slowLog("1 s, not 10", "long_query_time"),
    },
  ];
}

function slowLog(formula: string, name: string): Because {
  return {
    formula,
    inputs: {},
    source: `${MANUAL}/slow-query-log.html (${name}), in the file slow.log of the data volume`,
  };
}
