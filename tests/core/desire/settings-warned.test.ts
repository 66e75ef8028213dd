import { describe, expect, test } from "vitest";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { gib } from "../../../stack/core/units.ts";
import { refusedFor, sized, type Overrides } from "../../support/core/given-settings.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";

describe("values that hold unless all clients work at once", () => {
  test.for<readonly [name: string, overrides: Overrides]>([
    ["postgres.settings.work_mem", { postgres: { work_mem: "32MB" } }],
    ["postgres.settings.hash_mem_multiplier", { postgres: { hash_mem_multiplier: 8 } }],
    ["postgres.settings.temp_buffers", { postgres: { temp_buffers: "64MB" } }],
    ["mysql.settings.sort_buffer_size", { mysql: { sort_buffer_size: "8M" } }],
    ["mysql.settings.join_buffer_size", { mysql: { join_buffer_size: "6M" } }],
    ["mysql.settings.max_allowed_packet", { mysql: { max_allowed_packet: "1G" } }],
    ["redis.settings.maxmemory-clients", { redis: { "maxmemory-clients": "256mb" } }],
    ["redis.settings.maxmemory", { redis: { maxmemory: "300mb" } }],
    ["redis.settings.maxclients", { redis: { maxclients: 50 } }],
    ["postgres.settings.max_wal_size", { postgres: { max_wal_size: "128MB" } }],
    ["pgbouncer.settings.default_pool_size", { pgbouncer: { default_pool_size: 12 } }],
    ["pgbouncer.settings.default_pool_size", { pgbouncer: { default_pool_size: 1000 } }],
    ["postgres.settings.huge_pages", { postgres: { huge_pages: true } }],
    ["pgbouncer.settings.max_client_conn", { pgbouncer: { max_client_conn: 20 } }],
    ["pgbouncer.settings.max_db_client_connections", { pgbouncer: { max_db_client_connections: 20 } }],
    ["pgbouncer.settings.max_user_client_connections", { pgbouncer: { max_user_client_connections: 20 } }],
    ["rabbitmq.settings.default_consumer_prefetch", { rabbitmq: { default_consumer_prefetch: 0 } }],
    ["rabbitmq.settings.default_consumer_prefetch", { rabbitmq: { default_consumer_prefetch: 65_535 } }],
    ["rabbitmq.settings.schedulers", { rabbitmq: { schedulers: 64 } }],
  ])("must be a warning at their place: %s %j", ([name, overrides]) => {
    const { warnings } = sized(overrides);
    expect(warnings).toEqual([expect.stringMatching(`^mine.yaml:4:20: services.${name}: `)]);
  });

  test("must name the work_mem that all portions of all processes fit with, which then is none", () => {
    const [warning = ""] = sized({ postgres: { work_mem: "32MB" } }).warnings;
    const [, most = ""] =
      /a work_mem of at most (\d+ MiB) if all \d+ processes sort and hash at once/.exec(warning) ?? [];
    expect(most).not.toBe("");
    expect(sized({ postgres: { work_mem: most } }).warnings).toEqual([]);
    const more = `${Number.parseInt(most, 10) + 1} MiB`;
    expect(sized({ postgres: { work_mem: more } }).warnings).toHaveLength(1);
  });

  test("must name the maxmemory that fits twice beside the clients, which then is none", () => {
    const [warning = ""] = sized({ redis: { maxmemory: "300mb" } }).warnings;
    const [, most = ""] = /a maxmemory of at most (\d+) MiB/.exec(warning) ?? [];
    expect(sized({ redis: { maxmemory: `${most}mb` } }).warnings).toEqual([]);
    expect(sized({ redis: { maxmemory: `${Number(most) + 1}mb` } }).warnings).toHaveLength(1);
    const alone = { maxmemory: `${Number(most) + 1}mb`, appendonly: false };
    expect(sized({ redis: alone }).warnings).toEqual([]);
  });

  test("must be a warning for Redis's own default of clients, on a machine that is too small for them", () => {
    const machine = { cpus: 2, memory: gib(3), disk: gib(40) };
    const { warnings } = sized({ redis: { maxclients: 10_000 } }, { machine });
    expect(warnings).toEqual([expect.stringMatching("^mine.yaml:4:20: services.redis.settings.maxclients: ")]);
  });

  describe("must be refused only beyond the whole container", () => {
    test.for<readonly [service: string, name: string]>([
      ["postgres", "shared_buffers"],
      ["mysql", "innodb_buffer_pool_size"],
      ["redis", "maxmemory"],
      ["rabbitmq", "vm_memory_high_watermark.absolute"],
      ["node-exporter", "GOMEMLIMIT"],
    ])("%s: %s", ([service, name]) => {
      const outcomes: string[] = [];
      for (let size = 1; size < 6000; size = Math.ceil(size * 1.02)) {
        const given = { [service]: { [name]: `${size} MiB` } };
        const why = refusedFor(given);
        const verdict = why === "" ? (sized(given).warnings.length > 0 ? "warned" : "accepted") : "refused";
        if (outcomes.at(-1) !== verdict) outcomes.push(verdict);
      }
      expect(outcomes.slice(-3)).toEqual(["accepted", "warned", "refused"]);
    });
  });

  test("must be none for a time with a fraction where the server counts in fractions", () => {
    const given = {
      postgres: { vacuum_cost_delay: "0.5 ms", checkpoint_timeout: "1.5 min", log_rotation_age: "1 d" },
      pgbouncer: { server_login_retry: "300 ms" },
    };
    expect(sized(given).warnings).toEqual([]);
  });

  test("must be in the notes of the plan", () => {
    const desired = { ...desiredOf(profileOf()), warnings: ["mine.yaml:4:20: large"] };
    const { notes } = planStack(desired, { containers: [], effective: new Map(), files: new Map() });
    expect(notes).toContain("mine.yaml:4:20: large");
  });

  test("must be none for what the formulas give, on any machine of the profiles", () => {
    const given = { postgres: { log_lock_waits: true }, mysql: { slow_query_log: true }, redis: { hz: 20 } };
    for (const memory of [gib(4), gib(8), gib(16), gib(64)]) {
      expect(sized(given, { machine: { cpus: 4, memory, disk: gib(60) } }).warnings).toEqual([]);
    }
  });
});
