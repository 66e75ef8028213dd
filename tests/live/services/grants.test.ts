import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ConfiguredService, LiveService, PrepareInput } from "../../../stack/core/service/service.ts";
import type { Credential } from "../../../stack/core/service/credential.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { rows, withClient } from "../../../stack/services/kit/postgresql/client.ts";
import { openAs, withAdmin } from "../../../stack/services/mysql/client.ts";
import { mysql } from "../../../stack/services/mysql/index.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";
import { redis } from "../../../stack/services/redis/index.ts";
import { NO_GRANTS } from "../../support/core/steps.ts";
import { watcherOf } from "../../support/core/watcher.ts";
import { describeLive, eventually, openLab, type Lab, type Server } from "../../support/live/server.ts";

/** What a monitoring account was granted, by the credential of the service that wants it. */
interface Watched {
  readonly live: LiveService;
  readonly server: Server;
  readonly input: PrepareInput;
  readonly account: Credential;
}

async function watched(lab: Lab, service: ConfiguredService, memory: ReturnType<typeof mib>): Promise<Watched> {
  const live = await service.live();
  const server = await lab.start(service, { share: { memory, cpus: 1 } });
  await eventually(async () => (await live.connect(server.target)).close());
  const input = { ...NO_GRANTS, grants: server.input.grants };
  const account = input.grants[0]?.credential ?? expect.fail("nothing was granted");
  return { live, server, input, account };
}

/** Looking changes nothing; making it once is enough. */
async function madeOnce({ live, server, input }: Watched, lacks: readonly string[], done: readonly string[]) {
  expect(await live.lacks([server.target], input)).toEqual(lacks);
  expect(await live.lacks([server.target], input)).toEqual(lacks);
  expect(await live.prepare([server.target], input)).toEqual(done);
  expect(await live.lacks([server.target], input)).toEqual([]);
  expect(await live.prepare([server.target], input)).toEqual([]);
}

await describeLive("an account for a service that watches", ["postgres", "mysql", "redis"], () => {
  const services = [
    postgres.configure({}),
    mysql.configure({}),
    redis.configure({ nodes: 1 }),
    watcherOf(["postgres", "mysql", "redis"]).configure({}),
  ] as const;
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(services);
  });
  afterAll(() => lab?.close());

  describe("on PostgreSQL", () => {
    let on: Watched;
    beforeAll(async () => {
      on = await watched(lab, services[0], gib(1));
    });
    const login = () => {
      const target = { ...on.server.target, credentials: () => on.account };
      return { target, database: "app", credential: ["watcher", "watch"] } as const;
    };

    test("must be among the first steps, and be made once", async () => {
      await madeOnce(
        on,
        [
          "create role app",
          "create role plumbline_bench",
          "create role watcher",
          "make the writes of role plumbline_bench durable",
          "create database app",
          "create database plumbline_bench",
          "create extension pg_stat_statements",
          "let role watcher read statistics",
        ],
        [
          "created role app",
          "created role plumbline_bench",
          "created role watcher",
          "made the writes of role plumbline_bench durable",
          "created database app",
          "created database plumbline_bench",
          "created extension pg_stat_statements",
          "let role watcher read statistics",
        ],
      );
    });

    test("must read statistics and settings, and no table", async () => {
      await withClient(login(), async (client) => {
        const Row = z.object({ datname: z.string(), numbackends: z.number() });
        const query = "select datname, numbackends from pg_stat_database where datname = 'app'";
        expect(await rows(client, Row, query)).toHaveLength(1);
        await client.query("show hba_file");
        await expect(client.query("create table stolen ()")).rejects.toThrow(/permission denied/);
      });
      const asApp = { target: on.server.target, database: "app", credential: ["postgres", "app"] } as const;
      await withClient(asApp, (client) => client.query("create table rows (id int)"));
      await withClient(login(), (client) =>
        expect(client.query("select * from rows")).rejects.toThrow(/permission denied/),
      );
    });
  });

  describe("on MySQL", () => {
    let on: Watched;
    beforeAll(async () => {
      on = await watched(lab, services[1], gib(1));
    });

    test("must be made once, and again when it was dropped by hand", async () => {
      await on.live.prepare([on.server.target], NO_GRANTS);
      const words = ["create user watcher", "let user watcher read statistics"];
      await madeOnce(on, words, ["created user watcher", "let user watcher read statistics"]);
      await withAdmin(on.server.target, (admin) => admin.run("DROP USER watcher@'%'"));
      await madeOnce(on, words, ["created user watcher", "let user watcher read statistics"]);
    });

    test("must read status, processes and performance_schema, and no table", async () => {
      const client = await openAs(on.server.target, on.account);
      try {
        await client.run("SHOW GLOBAL STATUS");
        await client.run("SHOW PROCESSLIST");
        await client.run("SHOW REPLICA STATUS");
        await client.run("SELECT * FROM performance_schema.events_statements_summary_by_digest LIMIT 1");
        await client.run("SELECT * FROM information_schema.innodb_metrics LIMIT 1");
        await expect(client.run("SELECT * FROM mysql.user")).rejects.toThrow(/denied/);
        await expect(client.run("CREATE TABLE app.stolen (id INT)")).rejects.toThrow(/denied/);
      } finally {
        await client.close();
      }
    });

    test("must not take more than its few connections", async () => {
      const open = await Promise.all(Array.from({ length: 6 }, () => openAs(on.server.target, on.account)));
      await expect(openAs(on.server.target, on.account)).rejects.toThrow(/max_user_connections/);
      await Promise.all(open.map((client) => client.close()));
    });
  });

  describe("on Redis", () => {
    let on: Watched;
    beforeAll(async () => {
      on = await watched(lab, services[2], mib(256));
    });
    const withRedis = async <T>(as: Credential, work: (client: Redis) => Promise<T>) => {
      const { host, port } = on.server.target;
      const client = new Redis({ host, port: port("redis"), username: as.user, password: as.password });
      try {
        return await work(client);
      } finally {
        client.disconnect();
      }
    };

    test("must be in the node's own file of users when it starts", async () => {
      expect(await on.live.lacks([on.server.target], on.input)).toEqual([]);
    });

    test("must be made on a node that runs, also where somebody gave it other rights", async () => {
      const admin = on.server.target.credentials("redis", "admin");
      await withRedis(admin, (client) => client.call("ACL", ["DELUSER", "watcher"]));
      await madeOnce(on, ["make account watcher on redis-1"], ["made account watcher on redis-1"]);
      await withRedis(admin, (client) => client.call("ACL", ["SETUSER", "watcher", "+get", "~*"]));
      await madeOnce(on, ["make account watcher on redis-1"], ["made account watcher on redis-1"]);
    });

    test("must read the state of the node, and no key", async () => {
      await withRedis(on.account, async (client) => {
        expect(await client.info()).toContain("redis_version");
        for (const [command = "", ...rest] of [
          ["CONFIG", "GET", "maxmemory"],
          ["SLOWLOG", "GET", "1"],
          ["CLIENT", "LIST"],
          ["LATENCY", "LATEST"],
          ["CLUSTER", "INFO"],
          ["MEMORY", "STATS"],
        ]) {
          await client.call(command, rest).catch((error: unknown) => {
            // A node that stands alone has no cluster to tell of; that it may ask is what matters.
            expect(String(error)).toContain("cluster support disabled");
          });
        }
        for (const [command = "", ...rest] of [
          ["GET", "a"],
          ["SET", "a", "b"],
          ["CONFIG", "SET", "maxmemory", "1"],
          ["ACL", "LIST"],
          ["FLUSHALL"],
        ]) {
          await expect(client.call(command, rest)).rejects.toThrow(/NOPERM/);
        }
      });
    });
  });
});
