import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "../../support/core/stack.ts";
import { describeLive, eventually, MACHINE, openLab, type Lab, type Server } from "../../support/live/server.ts";

/** Settings that no formula gives, as people give them. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, SettingValue>>>> = {
  postgres: {
    wal_level: "logical",
    shared_preload_libraries: "pg_stat_statements, auto_explain",
    "pg_stat_statements.max": 2000,
    track_io_timing: true,
    log_min_duration_statement: "250 ms",
    log_lock_waits: true,
    log_temp_files: 0,
    temp_buffers: "16MB",
    statement_timeout: "2 min",
    idle_in_transaction_session_timeout: "5 min",
    log_rotation_age: "1d",
    DateStyle: "ISO, DMY",
    log_statement: "ddl",
    search_path: '"$user", public, extra',
    vacuum_cost_delay: "0.5 ms",
    log_line_prefix: "%m [%p] it's %q'quoted' \\ ",
    temp_file_limit: -1,
    autovacuum_naptime: "30s",
    timezone: "Europe/Berlin",
  },
  mysql: {
    sql_mode: "TRADITIONAL,ANSI_QUOTES",
    "max-allowed-packet": "96M",
    slow_query_log: true,
    long_query_time: 0.25,
    binlog_expire_logs_seconds: 86_400,
    transaction_isolation: "read-committed",
    optimizer_switch: "mrr=off,index_merge=off",
    tmp_table_size: "48M",
    wait_timeout: 600,
    character_set_server: "utf8mb4",
    default_time_zone: "+00:00",
    init_connect: "SET @greeting = 'it''s # \\ here'",
    event_scheduler: "OFF",
  },
  redis: {
    "notify-keyspace-events": "KEA",
    "client-output-buffer-limit": "pubsub 64mb 16mb 60",
    "maxmemory-clients": "5%",
    "lazyfree-lazy-user-del": true,
    "slowlog-log-slower-than": 5000,
    hz: 20,
    timeout: 600,
    "latency-tracking-info-percentiles": "50 99",
    "tcp-backlog": 128,
    "auto-aof-rewrite-min-size": "32mb",
  },
  rabbitmq: {
    channel_max: 256,
    heartbeat: 30,
    consumer_timeout: "60 min",
    max_message_size: "16 MiB",
    connection_max: "infinity",
    "management.rates_mode": "detailed",
    "log.connection.level": "warning",
    "quorum_queue.compute_checksums": false,
  },
};

/** Names that the server takes and does not report. */
const reported = (settings: readonly Setting[]) => settings.filter(({ unreported }) => !unreported);

await describeLive("a server with settings that only the profile gives", Object.keys(GIVEN), () => {
  describe.for(Object.entries(GIVEN))("%s", ([name, given]) => {
    test("must start with them and report each, and take live ones while it runs", async () => {
      const profile = profileOf({
        services: { [name]: name === "redis" ? { nodes: 1 } : {} },
        overrides: { [name]: given },
      });
      const [service] = configureServices(profile, registry);
      if (!service) throw new Error(`no service ${name}`);
      const settingsOf = (overrides: typeof given) =>
        sizeServices({
          profile: { ...profile, overrides: { [name]: overrides } },
          machine: { ...profile.machine, ...MACHINE },
          services: [service],
          positionOf: () => ({ file: "mine.yaml", line: 1, column: 1 }),
        }).sized[0] ?? expect.fail("nothing was sized");
      const { settings, share } = settingsOf(given);
      await withLab([service], async (lab) => {
        const { servers, live } = await lab.up(service, { share, settings });
        const [server] = servers;
        if (!server) throw new Error(`${name} has no server`);
        expect(await differences(server, settings, live)).toEqual([]);
        const change = (setting: Setting) => LIVE_CHANGE[`${name}.${setting.name}`];
        const other = settings.map((setting) => ({ ...setting, ...change(setting) }));
        const taken = other.filter((each) => each.takes === "live" && (each.untuned || change(each)));
        const connection = await live.connect(server.target);
        try {
          await server.rewrite(other);
          await connection.apply(taken);
        } finally {
          await connection.close();
        }
        expect(await differences(server, other, live)).toEqual([]);
      });
    });
  });
});

/** Other values of a few live settings. */
const LIVE_CHANGE: Readonly<Record<string, { readonly value: SettingValue }>> = {
  "postgres.log_min_duration_statement": { value: -1 },
  "postgres.temp_buffers": { value: 8 * 1024 * 1024 },
  "mysql.long_query_time": { value: 2 },
  "mysql.sql_mode": { value: "STRICT_TRANS_TABLES" },
  "redis.notify-keyspace-events": { value: "" },
  "redis.hz": { value: 10 },
};

async function differences(
  { target }: Server,
  settings: readonly Setting[],
  live: Awaited<ReturnType<Lab["up"]>>["live"],
): Promise<readonly unknown[]> {
  return eventually(async () => {
    const connection = await live.connect(target);
    try {
      const values = await connection.read(settings.map(({ name }) => name));
      return reported(settings).flatMap((setting) => {
        const effective = values.get(setting.name);
        return effective && isEffective(setting, effective) && !effective.pendingRestart
          ? []
          : [{ name: setting.name, wanted: setting.value, effective }];
      });
    } finally {
      await connection.close();
    }
  });
}

async function withLab(services: Parameters<typeof openLab>[0], work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab(services);
  try {
    await work(lab);
  } finally {
    await lab.close();
  }
}
