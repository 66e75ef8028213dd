import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { registry } from "../../../stack/services/index.ts";
import { refusedFor, SERVICES, sized, type Overrides } from "../../support/core/given-settings.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";

const settingOf = (service: string, name: string, overrides: Overrides) =>
  sized(overrides)
    .sized.find(({ definition }) => definition.name === service)
    ?.settings.find((setting) => setting.name === name);

describe("values of a profile that cannot hold in the container or in the pools", () => {
  test.for<readonly [name: string, overrides: Overrides]>([
    ["postgres.settings.shared_buffers", { postgres: { shared_buffers: "2GB" } }],
    ["postgres.settings.work_mem", { postgres: { shared_buffers: "2GB", work_mem: "1GB" } }],
    ["postgres.settings.work_mem", { postgres: { work_mem: "1GB" } }],
    ["postgres.settings.maintenance_work_mem", { postgres: { maintenance_work_mem: "2500MB" } }],
    ["postgres.settings.autovacuum_max_workers", { postgres: { autovacuum_max_workers: 100 } }],
    ["postgres.settings.max_connections", { postgres: { max_connections: 10_000 } }],
    ["postgres.settings.max_connections", { postgres: { max_connections: 10 } }],
    ["postgres.settings.superuser_reserved_connections", { postgres: { superuser_reserved_connections: 30 } }],
    ["postgres.settings.reserved_connections", { postgres: { reserved_connections: 20 } }],
    ["postgres.settings.wal_level", { postgres: { wal_level: "minimal" } }],
    ["postgres.settings.max_wal_size", { postgres: { max_wal_size: "16MB" } }],
    ["postgres.settings.wal_buffers", { postgres: { wal_buffers: -1 } }],
    ["postgres.settings.io_method", { postgres: { io_method: "io_uring" } }],
    ["pgbouncer.settings.default_pool_size", { pgbouncer: { default_pool_size: 1000, max_db_connections: 0 } }],
    ["pgbouncer.settings.max_db_connections", { pgbouncer: { max_db_connections: 500 } }],
    ["pgbouncer.settings.reserve_pool_size", { pgbouncer: { reserve_pool_size: 500, max_db_connections: 0 } }],
    ["pgbouncer.settings.max_client_conn", { pgbouncer: { max_client_conn: 100_000 } }],
    ["pgbouncer.settings.min_pool_size", { pgbouncer: { min_pool_size: 10 } }],
    ["pgbouncer.settings.ignore_startup_parameters", { pgbouncer: { ignore_startup_parameters: "options" } }],
    ["mysql.settings.innodb_buffer_pool_size", { mysql: { innodb_buffer_pool_size: "4G" } }],
    ["mysql.settings.innodb_buffer_pool_chunk_size", { mysql: { innodb_buffer_pool_chunk_size: "2G" } }],
    ["mysql.settings.key_buffer_size", { mysql: { key_buffer_size: "1G" } }],
    ["mysql.settings.sort_buffer_size", { mysql: { sort_buffer_size: "256M" } }],
    ["mysql.settings.read_rnd_buffer_size", { mysql: { read_rnd_buffer_size: "512M" } }],
    ["mysql.settings.max_connections", { mysql: { max_connections: 50_000 } }],
    ["mysql.settings.max_user_connections", { mysql: { max_user_connections: 2 } }],
    ["redis.settings.min-replicas-to-write", { redis: { "min-replicas-to-write": 1 } }],
    ["redis.settings.min-slaves-to-write", { redis: { "min-slaves-to-write": 1 } }],
    ["mysql.settings.max_connections", { mysql: { max_connections: 3 } }],
    ["mysql.settings.gtid_mode", { mysql: { gtid_mode: "ON" } }],
    ["redis.settings.maxmemory", { redis: { maxmemory: "50GB" } }],
    ["redis.settings.maxmemory", { redis: { maxmemory: 0 } }],
    ["redis.settings.maxmemory", { redis: { maxmemory: "64kb" } }],
    ["redis.settings.maxclients", { redis: { maxclients: 1_000_000 } }],
    ["redis.settings.databases", { redis: { databases: 16 } }],
    [
      "rabbitmq.settings.vm_memory_high_watermark.absolute",
      { rabbitmq: { "vm_memory_high_watermark.absolute": "8GB" } },
    ],
    [
      "rabbitmq.settings.vm_memory_high_watermark.absolute",
      { rabbitmq: { "vm_memory_high_watermark.absolute": "1MB" } },
    ],
    ["node-exporter.settings.GOMEMLIMIT", { "node-exporter": { GOMEMLIMIT: "8 GiB" } }],
    ["rabbitmq.settings.raft.wal_max_size_bytes", { rabbitmq: { "raft.wal_max_size_bytes": "512MB" } }],
  ])("must be refused at their place: %s %j", ([name, overrides]) => {
    expect(refusedFor(overrides).split("\n")).toContainEqual(
      expect.stringMatching(`^mine.yaml:4:20: services.${name}: `),
    );
  });

  test("must be judged together: what a pool takes is refused where the server's connections were lowered", () => {
    expect(refusedFor({ postgres: { max_connections: 20 } })).toBe(
      "mine.yaml:4:20: services.postgres.settings.max_connections: found 2 pools that may take 22 backends, " +
        "expected at most the 17 that max_connections = 20 of PostgreSQL leaves",
    );
    const both = { postgres: { max_connections: 60 }, pgbouncer: { default_pool_size: 25, max_db_connections: 25 } };
    expect(refusedFor(both)).toBe("");
  });

  test("must be accepted where they hold, and where no pool is in the way", () => {
    expect(refusedFor({ postgres: { max_connections: 20 } }, { services: { postgres: {} } })).toBe("");
    expect(refusedFor({ redis: { databases: 16 } }, { services: { redis: { nodes: 1 } } })).toBe("");
    expect(refusedFor({ mysql: { gtid_mode: "ON", enforce_gtid_consistency: "ON" } })).toBe("");
    expect(refusedFor({ postgres: { wal_level: "minimal", max_wal_senders: 0 } })).toBe("");
  });

  test("must not be refused in a stack that was brought up with them: it could not be put back", () => {
    const profile = profileOf({ services: SERVICES, overrides: { postgres: { shared_buffers: "2GB" } } });
    const services = configureServices(profile, registry);
    expect(() => sizeServices({ profile, machine: profile.machine, services })).not.toThrow();
  });
});

describe("a command that only looks", () => {
  test("must get the sizes with what up refuses, and say it in the plan's notes", () => {
    const overrides = { postgres: { shared_buffers: "8GB" }, redis: { databases: 16 } };
    const { sized: services, refusals } = sized(overrides, {}, "look");
    expect(services).toHaveLength(Object.keys(SERVICES).length);
    expect(refusals).toEqual([
      expect.stringMatching(/^mine.yaml:4:20: services.postgres.settings.shared_buffers: .*; `up` refuses it$/s),
      expect.stringMatching(/^mine.yaml:4:20: services.redis.settings.databases: .*; `up` refuses it$/s),
    ]);
    const nothing = { containers: [], effective: new Map(), files: new Map() };
    expect(planStack({ ...desiredOf(profileOf()), refusals }, nothing).notes).toEqual(
      expect.arrayContaining([...refusals]),
    );
  });

  test("must get the sizes with a name that no release in sight knows, and say it", () => {
    const { sized: services, refusals, warnings } = sized({ redis: { "io-thread": 2 } }, {}, "look");
    expect(services).toHaveLength(Object.keys(SERVICES).length);
    expect(warnings).toEqual([]);
    expect(refusals).toEqual([
      expect.stringMatching(/^mine.yaml:4:7: services.redis.settings.io-thread: .* io-threads\?; `up` refuses it$/),
    ]);
  });

  test("must not get past values that the server does not know", () => {
    expect(() => sized({ postgres: { jit: "perhaps" } }, {}, "look")).toThrow(/1 mistake|a mistake/);
  });
});

describe("the server's own ranges", () => {
  test.for<readonly [service: string, name: string, value: string | number | boolean, expected: string]>([
    ["postgres", "work_mem", "1kB", "a size from 64 KiB to"],
    ["postgres", "shared_buffers", "64kB", "a size from 128 KiB to"],
    ["postgres", "max_connections", 0, "a whole number from 1 to 262143"],
    ["postgres", "max_connections", -1, "a whole number from 1 to 262143"],
    ["postgres", "max_connections", 40.5, "a whole number from 1 to 262143"],
    ["postgres", "random_page_cost", -1, "a number of at least 0"],
    ["postgres", "checkpoint_completion_target", 1.5, "a number from 0 to 1"],
    ["postgres", "jit", "perhaps", "on or off"],
    ["postgres", "huge_pages", "never", '"off", "on" or "try"'],
    ["postgres", "wal_level", "none", '"minimal", "replica" or "logical"'],
    ["mysql", "innodb_buffer_pool_size", "1M", "a size of at least 5 MiB"],
    ["mysql", "innodb_flush_log_at_trx_commit", 7, "a whole number from 0 to 2"],
    ["mysql", "max_allowed_packet", "2G", "a size from 1 KiB to 1 GiB"],
    ["mysql", "transaction_isolation", "none", '"READ-UNCOMMITTED", "READ-COMMITTED"'],
    ["mysql", "sql_mode", "a b", "modes of MySQL"],
    ["redis", "io-threads", 1000, "a whole number from 1 to 128"],
    ["redis", "maxclients", 0, "a whole number from 1 to"],
    ["redis", "maxmemory-policy", "all", '"volatile-lru"'],
    ["redis", "notify-keyspace-events", "KQ", "letters of"],
    ["redis", "client-output-buffer-limit", "pubsub 1mb", "a class (normal, replica or pubsub)"],
    ["redis", "maxmemory", "-1 GB", "a size"],
    ["redis", "save", "60", "seconds and changes"],
    ["pgbouncer", "pool_mode", "fast", '"session", "transaction" or "statement"'],
    ["pgbouncer", "max_client_conn", 0, "a whole number from 1 to"],
    ["pgbouncer", "default_pool_size", 0, "a whole number from 1 to"],
    ["postgres", "default_transaction_isolation", "repeatable", '"repeatable read"'],
    ["pgbouncer", "query_timeout", "-5 s", "a time from"],
    ["postgres", "checkpoint_timeout", "45500 ms", "in steps of 1 s"],
    ["postgres", "authentication_timeout", "1500 ms", "in steps of 1 s"],
    ["postgres", "statement_timeout", "0.5 ms", "in steps of 1 ms"],
    ["postgres", "log_rotation_age", "90 s", "in steps of 60 s"],
    ["rabbitmq", "consumer_timeout", "1.5 ms", "in steps of 1 ms"],
    ["rabbitmq", "schedulers", 0, "a whole number from 1 to 1024"],
    ["rabbitmq", "channel_max", 70_000, "a whole number from 0 to 65535"],
    ["rabbitmq", "vm_memory_calculation_strategy", "guess", '"rss", "erlang"'],
  ])("must refuse %s %s: %j, with the range", ([service, name, value, expected]) => {
    const why = refusedFor({ [service]: { [name]: value } });
    expect(why).toContain(
      `mine.yaml:4:20: services.${service}.settings.${name}: found ${JSON.stringify(value)}, expected `,
    );
    expect(why).toContain(expected);
  });
});

const identity = (overrides: Overrides) =>
  desiredOf(profileOf({ services: { postgres: {} }, overrides }), { registry }).services[0]?.instances[0]?.identity;

describe("a setting that no formula gives", () => {
  test.for<readonly [service: string, name: string, given: string | number | boolean, value: unknown, takes: string]>([
    ["postgres", "wal_level", "logical", "logical", "restart"],
    [
      "postgres",
      "shared_preload_libraries",
      "pg_stat_statements,auto_explain",
      "pg_stat_statements,auto_explain",
      "restart",
    ],
    ["postgres", "log_min_duration_statement", "250 ms", 250, "live"],
    ["postgres", "log_min_duration_statement", -1, -1, "live"],
    ["postgres", "log_rotation_age", "1d", 86_400, "live"],
    ["postgres", "temp_buffers", "16MB", 16_777_216, "live"],
    ["postgres", "log_lock_waits", true, "on", "live"],
    ["postgres", "DATESTYLE", "ISO, DMY", "ISO, DMY", "live"],
    ["postgres", "pg_stat_statements.max", 5000, "5000", "recreate"],
    ["mysql", "sql_mode", "strict_trans_tables,NO_ZERO_DATE", "STRICT_TRANS_TABLES,NO_ZERO_DATE", "live"],
    ["mysql", "max-allowed-packet", "128M", 134_217_728, "live"],
    ["mysql", "long_query_time", 0.5, 0.5, "live"],
    ["mysql", "slow_query_log", true, "ON", "live"],
    ["mysql", "default_time_zone", "+00:00", "+00:00", "recreate"],
    ["mysql", "validate_password.policy", "LOW", "LOW", "recreate"],
    ["redis", "notify-keyspace-events", "KEA", "AKE", "live"],
    [
      "redis",
      "client-output-buffer-limit",
      "pubsub 64mb 16mb 60",
      expect.stringMatching(/^normal \d+ 0 0 slave \d+ \d+ 60 pubsub 67108864 16777216 60$/),
      "live",
    ],
    ["redis", "maxmemory-clients", "5%", "5%", "live"],
    ["redis", "lazyfree-lazy-user-del", true, "yes", "live"],
    ["pgbouncer", "query_wait_timeout", "30 s", 30, "live"],
    ["pgbouncer", "server_reset_query_always", true, "1", "live"],
    ["rabbitmq", "channel_max", 256, 256, "live"],
    ["rabbitmq", "heartbeat", 30, 30, "restart"],
    ["rabbitmq", "connection_max", "infinity", "infinity", "restart"],
    ["rabbitmq", "log.connection.level", "warning", "warning", "recreate"],
  ])(
    "must be accepted, explained as from the profile, and written: %s %s: %j",
    ([service, name, given, value, takes]) => {
      const overrides = { [service]: { [name]: given } };
      expect(refusedFor(overrides)).toBe("");
      const wanted = [name, name.toLowerCase(), name.replaceAll("-", "_"), "DateStyle"];
      const setting = wanted.map((each) => settingOf(service, each, overrides)).find((each) => each?.given);
      expect(setting).toMatchObject({ value, takes, given: "mine.yaml:4:7" });
      const source = `services.${service}.settings in the profile`;
      expect(setting?.because).toMatchObject({ formula: "from the profile", source });
    },
  );

  test.for<readonly [service: string, name: string]>([
    ["postgres", "port"],
    ["postgres", "listen_addresses"],
    ["postgres", "data_directory"],
    ["postgres", "hba_file"],
    ["postgres", "unix_socket_directories"],
    ["postgres", "ssl"],
    ["postgres", "include_dir"],
    ["postgres", "primary_conninfo"],
    ["postgres", "synchronous_standby_names"],
    ["postgres", "synchronized_standby_slots"],
    ["mysql", "port"],
    ["mysql", "bind-address"],
    ["mysql", "datadir"],
    ["mysql", "socket"],
    ["mysql", "ssl_ca"],
    ["mysql", "skip-grant-tables"],
    ["mysql", "transaction_read_only"],
    ["redis", "bind-source-addr"],
    ["rabbitmq", "management.disable_basic_auth"],
    ["redis", "port"],
    ["redis", "bind"],
    ["redis", "dir"],
    ["redis", "include"],
    ["redis", "requirepass"],
    ["redis", "cluster-enabled"],
    ["redis", "cluster-announce-ip"],
    ["redis", "tls-port"],
    ["pgbouncer", "listen_port"],
    ["pgbouncer", "auth_type"],
    ["pgbouncer", "unix_socket_dir"],
    ["rabbitmq", "listeners.tcp.default"],
    ["rabbitmq", "default_pass"],
    ["rabbitmq", "cluster_formation.peer_discovery_backend"],
    ["rabbitmq", "management.tcp.port"],
  ])("must be refused where Plumbline gives it itself, with the reason: %s %s", ([service, name]) => {
    expect(refusedFor({ [service]: { [name]: "x" } })).toMatch(
      `mine.yaml:4:7: services.${service}.settings.${name}: found a setting that Plumbline gives the server itself, expected no value here: `,
    );
  });

  test("must be refused where the server does not know it, with the name that was probably meant", () => {
    expect(refusedFor({ redis: { "io-thread": 2 } })).toBe(
      "mine.yaml:4:7: services.redis.settings.io-thread: found a setting that the server does not know, " +
        "expected the server's own name of a setting; did you mean io-threads?",
    );
    expect(refusedFor({ mysql: { version: "9" } })).toContain("found a value that no conf file can change");
    expect(refusedFor({ mysql: { "max-connections": 100, max_connections: 100 } })).toContain(
      "found max_connections a second time",
    );
  });

  test("must take a new container when it comes or goes, and none when its value changes", () => {
    const plain = identity({});
    const given = identity({ postgres: { wal_level: "logical" } });
    expect(given).not.toBe(plain);
    expect(identity({ postgres: { wal_level: "replica" } })).toBe(given);
    expect(identity({ postgres: { work_mem: "8MB" } })).toBe(plain);
    // What the server does not report cannot be seen to differ.
    const unreported = (max: number) => identity({ postgres: { "pg_stat_statements.max": max } });
    expect(unreported(1000)).not.toBe(unreported(2000));
  });
});
