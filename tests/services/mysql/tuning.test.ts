import { describe, expect, test } from "vitest";
import { isEffective } from "../../../stack/core/service/setting.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { spell } from "../../../stack/services/mysql/conf.ts";
import { tuneMysql, type MysqlOptions } from "../../../stack/services/mysql/tuning.ts";

const DEFAULTS: MysqlOptions = { durability: "full", binaryLog: false };

const tuned = (options: Partial<MysqlOptions> = {}, memory = mib(832), connections = 100) =>
  tuneMysql(
    {
      share: { memory, cpus: 2 },
      machine: { cpus: 4, memory: gib(8) },
      workload: { kind: "web", clients: 8, connections },
    },
    { ...DEFAULTS, ...options },
  );

const values = (...given: Parameters<typeof tuned>) =>
  Object.fromEntries(tuned(...given).map(({ name, value }) => [name, value]));

describe("MySQL's settings", () => {
  test("for the share on 8 GiB are these", () => {
    expect(values()).toEqual({
      innodb_buffer_pool_size: mib(192),
      innodb_buffer_pool_chunk_size: mib(32),
      innodb_buffer_pool_instances: 1,
      innodb_redo_log_capacity: mib(100),
      innodb_log_buffer_size: mib(16),
      max_connections: 100,
      sort_buffer_size: 262_144,
      join_buffer_size: 262_144,
      temptable_max_ram: mib(24),
      tmp_table_size: mib(24),
      max_allowed_packet: mib(8),
      binlog_expire_logs_seconds: 86_400,
      max_binlog_size: mib(32),
      slow_query_log: "ON",
      long_query_time: 1,
      innodb_flush_log_at_trx_commit: 1,
      sync_binlog: 1,
      innodb_flush_method: "O_DIRECT",
      log_bin: "OFF",
    });
  });

  test("for the share on 16 GiB reach the document's values for higher load", () => {
    const qa = values({}, mib(1664), 200);
    expect(qa["innodb_buffer_pool_size"]).toBeGreaterThanOrEqual(mib(512));
    expect(qa["max_connections"]).toBe(200);
  });

  test("lose up to a second of commits only when the profile says so", () => {
    expect(values({ durability: "relaxed" })).toMatchObject({ innodb_flush_log_at_trx_commit: 2, sync_binlog: 0 });
  });

  test("need a restart only where MySQL cannot change them while it runs", () => {
    expect(tuned().flatMap(({ name, takes }) => (takes === "live" ? [] : [`${name}: ${takes}`]))).toEqual([
      "innodb_buffer_pool_chunk_size: restart",
      "innodb_buffer_pool_instances: restart",
      "innodb_flush_method: restart",
      "log_bin: restart",
    ]);
  });

  test("carry the document's names in its spelling", () => {
    const variables = tuned().flatMap(({ variable, value, unit }) =>
      variable === undefined ? [] : `${variable}=${spell(value, unit)}`,
    );
    expect(variables).toEqual(["MYSQL_INNODB_BUFFER_POOL=192M", "MYSQL_MAX_CONNECTIONS=100"]);
  });

  test("each say why", () => {
    for (const { because } of tuned()) {
      expect(because.formula).not.toBe("");
      expect(because.source).not.toBe("");
    }
  });

  test("take a pool as equal that the server rounded up to its next chunk", () => {
    const pool = tuned().find(({ name }) => name === "innodb_buffer_pool_size");
    if (!pool) throw new Error("no pool is tuned");
    const asked = { ...pool, value: mib(400) };
    expect(isEffective(asked, { value: mib(416) })).toBe(true);
    expect(isEffective(asked, { value: mib(448) })).toBe(false);
  });
});
