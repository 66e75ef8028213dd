/** The exporters of every server and of the machine, beside the servers that they watch. */
import { readFile } from "node:fs/promises";
import { createConnection } from "mysql2/promise";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { scrape } from "../../../stack/services/kit/metrics/client.ts";
import { samplesOf, sumOf, type Sample } from "../../../stack/services/kit/metrics/text.ts";
import { statusDocument } from "../../../stack/report/documents/documents.ts";
import { passwordIds, passwordOf, redisCommand, sql } from "../../support/live/clients.ts";
import { startCli } from "../../support/live/cli.ts";
import { execIn } from "../../support/live/docker.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { until } from "../../support/live/until.ts";

const PROFILE = `
description: servers, and an exporter of each
machine: { cpus: 2, memory: 4 GiB, disk: 10 GiB }
services:
  postgres: true
  mysql: true
  redis: { nodes: 3 }
  postgres-exporter: true
  mysqld-exporter: true
  redis-exporter: true
  node-exporter: true
workload: { clients: 5 }
`;

const EXPORTERS = { "postgres-exporter": 9187, "mysqld-exporter": 9104, "redis-exporter": 9121, "node-exporter": 9100 };
const NODES = [1, 2, 3];
const nodePath = (node: number) => `/scrape?target=redis://redis-${node}:6379`;

/** A counter grows by at least so much while something is done. */
const grows = async (counter: () => Promise<number>, by: number, work: () => Promise<void>) => {
  const before = await counter();
  expect(before).toBeGreaterThan(0);
  await work();
  // The server's own counters may come a moment later (PostgreSQL: once a second and session).
  await until("the counter has grown", async () => (await counter()) >= before + by);
};

await describeStack("the exporters", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(PROFILE);
    await stack.up(["--images", "debian"]);
  });
  afterAll(() => stack.close());

  const page = (exporter: keyof typeof EXPORTERS, path = "/metrics"): Promise<readonly Sample[]> =>
    scrape({ host: "127.0.0.1", port: EXPORTERS[exporter] + stack.offset, path });

  const total = async (...[exporter, metric, path]: readonly [keyof typeof EXPORTERS, string, string?]) =>
    sumOf(await page(exporter, path), metric) ?? expect.fail(`no series of ${metric}`);
  const commits = async () => {
    const samples = samplesOf(await page("postgres-exporter"), "pg_stat_database_xact_commit");
    return samples.find(({ labels }) => labels["datname"] === "app")?.value ?? expect.fail("no series of app");
  };
  const commands = (node: number) => total("redis-exporter", "redis_commands_processed_total", nodePath(node));

  const asMysql = async (credential: string, user: string) =>
    createConnection({
      host: "127.0.0.1",
      port: 3306 + stack.offset,
      user,
      password: await passwordOf(stack, credential),
    });

  test("must work with their servers, and need nothing the second time", async () => {
    const before = await stack.seen();
    expect((await stack.up()).plan).toEqual([]);
    expect(await stack.seen()).toEqual(before);
    const { stdout } = await startCli("status", ["--stack", stack.name, "--json"]).ended;
    const { state, services } = statusDocument.parse(JSON.parse(stdout));
    expect(state).toBe("up");
    expect(services.filter(({ works }) => !works)).toEqual([]);
  });

  describe("must show what the real server does now:", () => {
    test("commits in a database of PostgreSQL", async () => {
      await grows(commits, 20, async () => {
        for (let index = 0; index < 20; index += 1) await sql(stack, "select 1", { database: "app" });
      });
    });

    test("questions to MySQL", async () => {
      await grows(
        () => total("mysqld-exporter", "mysql_global_status_questions"),
        50,
        async () => {
          const client = await asMysql("mysql.app", "app");
          for (let index = 0; index < 50; index += 1) await client.query("select 1");
          await client.end();
        },
      );
    });

    test.each(NODES)("commands of the node %i of Redis, and not those of another", async (node) => {
      const other = (node % NODES.length) + 1;
      const before = await commands(other);
      await grows(
        () => commands(node),
        200,
        async () => {
          for (let index = 0; index < 200; index += 1) await redisCommand(stack, ["PING"], node - 1);
        },
      );
      expect((await commands(other)) - before).toBeLessThan(200);
    });

    test("seconds of the machine's cpus, its memory and its disk", async () => {
      await grows(
        () => total("node-exporter", "node_cpu_seconds_total"),
        0.1,
        async () => {},
      );
      const samples = await page("node-exporter");
      const { MemTotal } = z.object({ MemTotal: z.number() }).parse(await stack.docker.info());
      expect(sumOf(samples, "node_memory_MemTotal_bytes")).toBe(MemTotal);
      expect(samplesOf(samples, "node_filesystem_size_bytes").length).toBeGreaterThan(0);
    });
  });

  describe("must not be able to read what an application keeps", () => {
    test("in PostgreSQL", async () => {
      await sql(stack, "create table if not exists kept (value text)", {
        database: "app",
        user: "app",
        credential: "postgres.app",
      });
      const monitor = {
        database: "app",
        user: "postgres_exporter",
        credential: "postgres-exporter.monitor",
      } as const;
      expect(await sql(stack, "select 1 as one", monitor)).toEqual([{ one: 1 }]);
      await expect(sql(stack, "select * from kept", monitor)).rejects.toThrow("permission denied");
    });

    test("in MySQL", async () => {
      const app = await asMysql("mysql.app", "app");
      await app.query("create table if not exists app.kept (value int)");
      await app.end();
      const monitor = await asMysql("mysqld-exporter.monitor", "mysqld_exporter");
      try {
        await monitor.query("select 1");
        await expect(monitor.query("select * from app.kept")).rejects.toThrow("denied");
      } finally {
        await monitor.end();
      }
    });

    test.each(NODES)("on the node %i of Redis", async (node) => {
      const client = new Redis({
        port: 6379 + node - 1 + stack.offset,
        username: "redis_exporter",
        password: await passwordOf(stack, "redis-exporter.monitor"),
        retryStrategy: null,
      });
      try {
        expect(await client.ping()).toBe("PONG");
        await expect(client.get("kept")).rejects.toThrow("NOPERM");
      } finally {
        client.disconnect();
      }
    });
  });

  test("must have no right and no secret that can be seen from outside", async () => {
    const names = await passwordIds(stack);
    const secrets = await Promise.all(names.map((name) => passwordOf(stack, name)));
    expect(names).toEqual(expect.arrayContaining(["redis-exporter.monitor", "postgres.admin"]));
    const tops = await Promise.all(Object.keys(await stack.seen()).map((name) => stack.container(name).top()));
    const processes = JSON.stringify(tops);
    const inspected = await Promise.all(
      Object.keys(EXPORTERS).map(async (name) => JSON.stringify(await stack.container(name).inspect())),
    );
    const compose = await readFile(stack.file("compose.yaml"), "utf8");
    expect(processes).toContain("prometheus-redis-exporter");
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      for (const text of [processes, compose, ...inspected]) expect(text.includes(secret)).toBe(false);
    }
    for (const name of Object.keys(EXPORTERS)) {
      const { stdout: status } = await execIn(stack.container(name), ["cat", "/proc/1/status"]);
      expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    }
  });

  test("must be started again by up where one was killed, and no other container be touched", async () => {
    const before = await stack.seen();
    await stack.container("redis-exporter").kill();
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action, text }) => `${action} ${text}`)).toEqual([
      expect.stringMatching(/^start-container .*redis-exporter/),
    ]);
    const after = await stack.seen();
    expect(after["redis-exporter"]?.state).toBe("running");
    expect({ ...after, "redis-exporter": undefined }).toEqual({ ...before, "redis-exporter": undefined });
    expect(sumOf(await page("redis-exporter", nodePath(2)), "redis_up")).toBe(1);
  });

  test("must not be ready where their account lost its rights, and be mended", async () => {
    await redisCommand(stack, ["ACL", "SETUSER", "redis_exporter", "-info"], 1);
    expect(sumOf(await page("redis-exporter", nodePath(2)), "redis_up")).not.toBe(1);
    const { stdout } = await startCli("status", ["--stack", stack.name, "--json"]).ended;
    const { services } = statusDocument.parse(JSON.parse(stdout));
    expect(services.find(({ name }) => name === "redis-exporter")?.works).toBe(false);
    await stack.up();
    expect(sumOf(await page("redis-exporter", nodePath(2)), "redis_up")).toBe(1);
  });
});

await describeStack("up --only with an exporter", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(PROFILE);
  });
  afterAll(() => stack.close());

  test("must bring its server along, and nothing else", async () => {
    await stack.up(["--images", "debian", "--only", "redis-exporter"]);
    expect(Object.keys(await stack.seen()).toSorted()).toEqual(["redis-1", "redis-2", "redis-3", "redis-exporter"]);
  });
});
