/** Settings of a profile that the container, the disk or the server itself cannot hold. */
import { describe, expect, test } from "vitest";
import type { SettingValue } from "../../stack/core/machine/facts.ts";
import { gib } from "../../stack/core/units.ts";
import { refusedFor, sized } from "../support/core/given-settings.ts";

type Given = Readonly<Record<string, SettingValue>>;

function warnedFor(service: string, given: Given): string {
  return sized({ [service]: given }).warnings.join("\n");
}

/** Of one node: a cluster has one database. */
function withDatabases(databases: number): string {
  return refusedFor({ redis: { databases } }, { services: { redis: { nodes: 1 } } }).replace(/^.*settings\./, "");
}

describe("on the disk", () => {
  test.for<readonly [service: string, name: string]>([
    ["postgres", "max_wal_size"],
    ["postgres", "wal_keep_size"],
    ["postgres", "max_slot_wal_keep_size"],
    ["mysql", "innodb_redo_log_capacity"],
    ["rabbitmq", "disk_free_limit.absolute"],
  ])("%s: a %s of the whole disk must be refused, one of half of it warned of", ([service, name]) => {
    expect(refusedFor({ [service]: { [name]: "60GB" } })).toContain(
      `services.${service}.settings.${name}: found 60 GiB on a disk of 60 GiB, expected`,
    );
    expect(warnedFor(service, { [name]: "30GB" })).toContain(`${name}: found 30 GiB on a disk of 60 GiB, expected`);
    expect(warnedFor(service, { [name]: "2GB" })).not.toContain("on a disk");
  });

  test("a larger disk takes more", () => {
    const machine = { cpus: 4, memory: gib(8), disk: gib(500) };
    expect(refusedFor({ postgres: { wal_keep_size: "100GB" } }, { machine })).toBe("");
  });

  test.for<readonly [service: string, given: Given, named: string]>([
    ["postgres", { archive_mode: "on" }, "archive_mode without archive_command or archive_library"],
    ["mysql", { log_bin: "ON", binlog_expire_logs_seconds: 0 }, "binlog_expire_logs_seconds = 0"],
    ["mysql", { log_bin: "ON", binlog_expire_logs_auto_purge: "OFF" }, "binlog_expire_logs_auto_purge = OFF"],
  ])("%s: logs that nothing removes must be warned of: %j", ([service, given, named]) => {
    expect(warnedFor(service, given)).toContain(`found ${named}`);
  });

  test.for<readonly [service: string, given: Given]>([
    ["postgres", { archive_mode: "on", archive_command: "true" }],
    ["postgres", { archive_mode: "on", archive_library: "basic_archive" }],
    ["mysql", { binlog_expire_logs_seconds: 0 }],
  ])("%s: logs that are removed, or not written, need no warning: %j", ([service, given]) => {
    expect(warnedFor(service, given)).not.toMatch(/archive_mode|binlog_expire/);
  });
});

describe("in memory that is allocated at the start", () => {
  test.for<readonly [service: string, name: string, value: SettingValue, usual: SettingValue]>([
    ["postgres", "min_dynamic_shared_memory", "10GB", "16MB"],
    ["postgres", "max_locks_per_transaction", 2_000_000, 256],
    ["postgres", "max_pred_locks_per_transaction", 1_000_000, 256],
    ["postgres", "max_prepared_transactions", 100_000, 64],
    ["postgres", "max_wal_senders", 100_000, 20],
  ])("%s: %s = %s must be refused, and what people use accepted", ([service, name, value, usual]) => {
    expect(refusedFor({ [service]: { [name]: value } })).toContain(`settings.${name}: found`);
    expect(refusedFor({ [service]: { [name]: usual } })).toBe("");
  });

  test("of Redis, the tables of its databases must fit", () => {
    const refused = withDatabases(10_000_000);
    expect(refused).toMatch(/^databases: found [\d.]+ GiB for 10000000 empty databases in a container of/);
    const most = Number(/at most (\d+)$/.exec(refused)?.[1]);
    expect(withDatabases(most)).toBe("");
    expect(withDatabases(16)).toBe("");
  });

  test("of MySQL, the buffers of all connections must fit", () => {
    expect(warnedFor("mysql", { net_buffer_length: "1MB" })).toContain("net_buffer_length: found");
    expect(warnedFor("mysql", { net_buffer_length: "16KB" })).toBe("");
  });
});

describe("of what the server itself takes", () => {
  test.for<readonly [service: string, name: string, refused: SettingValue, accepted: SettingValue]>([
    ["postgres", "max_stack_depth", "8MB", "7680kB"],
    ["redis", "proto-max-bulk-len", "512kb", "1mb"],
    ["redis", "client-query-buffer-limit", "1kb", "1mb"],
    ["redis", "repl-backlog-size", "1kb", "16kb"],
    ["redis", "active-defrag-ignore-bytes", 0, "1mb"],
    ["redis", "hz", 0, 1],
    ["redis", "hz", 501, 500],
  ])("%s: %s = %s must be refused, because it does not start with it or changes it", ([service, name, bad, good]) => {
    expect(refusedFor({ [service]: { [name]: bad } })).toContain(`settings.${name}: found`);
    expect(refusedFor({ [service]: { [name]: good } })).toBe("");
  });

  test("a pool that its user's limit keeps small must be warned of", () => {
    expect(warnedFor("pgbouncer", { max_user_connections: 1 })).toContain("where max_user_connections is 1");
    expect(refusedFor({ pgbouncer: { max_db_connections: 0, default_pool_size: 40 } })).toContain("backends");
    expect(refusedFor({ pgbouncer: { max_db_connections: 0, default_pool_size: 40, max_user_connections: 5 } })).toBe(
      "",
    );
  });

  test("more threads of Redis than the machine has cpus must be warned of", () => {
    expect(warnedFor("redis", { "io-threads": 8 })).toContain("at most the machine's 4 cpus");
    expect(warnedFor("redis", { "io-threads": 4 })).toBe("");
  });
});

describe("connections of the workload", () => {
  const workload = { kind: "web", clients: 100, connections: 60 } as const;

  test.for(["postgres", "mysql"])("%s must accept all of them", (service) => {
    const services = { [service]: {} };
    const refused = refusedFor({ [service]: { max_connections: 50 } }, { services, workload });
    expect(refused).toContain("max_connections = 50, expected at least the 60 of workload.connections");
    expect(refusedFor({ [service]: { max_connections: 60 } }, { services, workload })).toBe("");
  });

  test.for([
    [70, "which leave 48 direct connections"],
    [82, ""],
  ] as const)("with max_connections = %i that full pools leave no room for must be warned of: %j", ([most, found]) => {
    const { warnings } = sized({ postgres: { max_connections: most } }, { workload });
    expect(warnings.filter((line) => line.includes("pools that")).join("\n")).toContain(found);
    expect(warnings.some((line) => line.includes("pools that"))).toBe(found !== "");
  });
});

test("an own name of Plumbline must be refused with what is expected instead", async () => {
  const { registry } = await import("../../stack/services/index.ts");
  const parsed = registry.get("rabbitmq")?.options.safeParse({ vhost: "plumbline_bench" });
  expect(parsed?.error?.issues[0]?.message).toMatch(/^another name: /);
});

describe("what is advised instead must be possible", () => {
  test("a multiplier that is too large is named by the largest that fits, and that is not warned of", () => {
    const advice = warnedFor("postgres", { hash_mem_multiplier: 900, work_mem: "1MB" });
    const most = Number(/a hash_mem_multiplier of at most (\d+) if/.exec(advice)?.[1]);
    expect(warnedFor("postgres", { hash_mem_multiplier: most, work_mem: "1MB" })).toBe("");
  });

  test("no work_mem below the server's least is advised", () => {
    const many = { max_connections: 385, work_mem: "64kB", temp_buffers: "800kB", max_worker_processes: 0 };
    expect(warnedFor("postgres", { ...many, hash_mem_multiplier: 60 })).toContain(
      "not even the least work_mem, 64 KiB",
    );
  });

  test("no temp_buffers below the server's least are advised", () => {
    const many = { max_connections: 480, work_mem: "64kB", temp_buffers: "800kB" };
    expect(warnedFor("postgres", many)).toContain("not even the least temp_buffers, 800 KiB");
  });

  test("two sizes that differ never read the same", () => {
    const refused = refusedFor({ postgres: { shared_buffers: "2100MB" } });
    const [, sum, limit] = /found (\S+ \S+) in a container of (\S+ [^,]+),/.exec(refused) ?? [];
    expect(sum).not.toBe(limit);
  });

  test("no number of clients is advised where not one fits", () => {
    expect(refusedFor({ pgbouncer: { pkt_buf: "1GB" } })).toContain("a smaller pkt_buf");
  });

  test("a number whose unit is missing is given none with which it would be refused", () => {
    expect(refusedFor({ postgres: { checkpoint_timeout: 5 } })).toMatch(/a time from 30 s to 24 h, with its unit$/);
    expect(refusedFor({ postgres: { checkpoint_timeout: 300 } })).toMatch(/did you mean 300 s\?$/);
  });
});
