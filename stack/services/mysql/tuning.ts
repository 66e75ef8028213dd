/** MySQL's settings as a function of its limits. Pure. */
import type { TuneInput } from "../../core/service/service.ts";
import type { Setting } from "../../core/service/setting.ts";
import { formatBytes, type Bytes } from "../../core/units.ts";
import { connectionsFor, LOG_BUFFER, mysqlSizes, SIZED_FROM, type MysqlSizes } from "./memory.ts";

export type Durability = "full" | "relaxed";

export interface MysqlOptions {
  readonly durability: Durability;
  readonly binaryLog: boolean;
}

const MANUAL = "https://dev.mysql.com/doc/refman/8.4/en";

/** Returns the settings of a MySQL server with the limit `share.memory`. */
export function tuneMysql({ share, workload }: TuneInput, options: MysqlOptions): readonly Setting[] {
  const sizes = mysqlSizes(share.memory, connectionsFor(workload), workload.kind);
  return [
    ...poolSettings(sizes, share.memory),
    ...sessionSettings(sizes, share.memory),
    ...durabilitySettings(options),
  ];
}

function poolSettings({ pool, chunk, redo, connections }: MysqlSizes, limit: Bytes): readonly Setting[] {
  const grain = { kind: "granularity", step: chunk, reason: "the pool is rounded up to chunk × instances" } as const;
  const sized = limit >= SIZED_FROM;
  return [
    {
      name: "innodb_buffer_pool_size",
      value: pool,
      unit: "bytes",
      takes: "live",
      tolerance: grain,
      variable: "MYSQL_INNODB_BUFFER_POOL",
      because: {
        formula: sized
          ? "0.45 to 0.5 × L, whole chunks, as much as the worst case of all connections leaves"
          : "128 MB below a limit of 768 MiB",
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
        formula: "pool / 2, between 100 and 256 MiB",
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

function sessionSettings({ temporary, sessionBuffer, connections }: MysqlSizes, limit: Bytes): readonly Setting[] {
  const buffer = (name: string): Setting => ({
    name,
    value: sessionBuffer,
    unit: "bytes",
    takes: "live",
    because: {
      formula: "half of ((0.9 × L − fixed memory) / (connections + 1) − 768 KiB), at least 64 KiB, capped by workload",
      inputs: { L: formatBytes(limit), connections: String(connections) },
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
        formula: "L / 64, between 16 and 256 MiB",
        inputs: { L: formatBytes(limit) },
        source: `${MANUAL}/internal-temporary-tables.html: the default is 3 % of the machine's memory, not the container's`,
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
