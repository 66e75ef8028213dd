import { setTimeout as pauseMs } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Connection, LiveService } from "../../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import type { Workload } from "../../../stack/core/service/workload.ts";
import { pgbouncer } from "../../../stack/services/pgbouncer/index.ts";
import { connect, rows, withClient } from "../../../stack/services/kit/postgresql/client.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";
import { describeLive, eventually, openLab, WORKLOAD, type Lab, type Server } from "../../support/live/server.ts";
import { benchOf, NO_GRANTS } from "../../support/core/steps.ts";

const database = postgres.configure({});
const pool = pgbouncer.configure({});

await describeLive("PgBouncer", ["pgbouncer", "postgres"], () => {
  let lab: Lab;
  let live: LiveService;
  let server: Server;
  let upstream: Server;

  beforeAll(async () => {
    lab = await openLab([database, pool]);
    live = await pool.live();
    server = await lab.start(pool, { share: { memory: mib(64), cpus: 1 } });
  });
  afterAll(() => lab.close());

  const asApp = () => ({ target: server.target, database: "app", credential: ["postgres", "app"] }) as const;
  const connected = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await live.connect(server.target);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };

  test("comes up without PostgreSQL, and is ready soon after PostgreSQL is", async () => {
    await eventually(async () => (await live.connect(server.target)).close());
    await expect(live.ready([server.target])).rejects.toThrow();
    const up = await lab.up(database, { share: { memory: gib(1), cpus: 2 } });
    upstream = up.servers[0] ?? expect.fail("no server");
    await eventually(() => live.ready([server.target]), 5_000);
  });

  test("needs no one-time step", async () => {
    expect(await live.prepare([server.target], NO_GRANTS)).toEqual([]);
  });

  test("a wrong password is refused, and so is a user that it does not know", async () => {
    const right = server.target.credentials;
    const logins = [
      (of: string, name: string) => ({ ...right(of, name), password: "wrong" }),
      (of: string, name: string) => ({ ...right(of, name), user: "somebody" }),
    ];
    for (const credentials of logins) {
      await expect(connect({ ...asApp(), target: { ...server.target, credentials } })).rejects.toThrow(
        /authentication failed/,
      );
    }
  });

  test("a transaction of the pool runs on PostgreSQL as the application", async () => {
    const Row = z.object({ user: z.string(), database: z.string() });
    const query = "select current_user as user, current_database() as database";
    expect(await withClient(asApp(), (client) => rows(client, Row, query))).toEqual([{ user: "app", database: "app" }]);
  });

  describe("settings", () => {
    test("that we change live are those that the running server calls changeable", async () => {
      const Row = z.object({ key: z.string(), changeable: z.string() });
      const console = { target: server.target, database: "pgbouncer", credential: ["pgbouncer", "admin"] } as const;
      const config = await withClient(console, (client) => rows(client, Row, "show config"));
      const changeable = new Map(config.map(({ key, changeable }) => [key, changeable]));
      for (const { name, takes } of server.settings) {
        expect(changeable.get(name), name).toBe(takes === "live" ? "yes" : "no");
      }
    });

    const grid: readonly (readonly [cpus: number, workload: Partial<Workload>])[] = [
      [1, { clients: 1 }],
      [4, { clients: 100 }],
      [8, { clients: 500, connections: 200 }],
      [64, { clients: 10_000 }],
    ];
    test.for(grid)("are accepted and read back equal: %i cpus, %j", async ([cpus, workload]) => {
      const settings = tuned(cpus, { ...WORKLOAD, ...workload });
      const client = await connect(asApp());
      await server.rewrite(settings);
      await connected((connection) => connection.apply(settings));
      const found = await connected((connection) => connection.read(settings.map(({ name }) => name)));
      for (const setting of settings) {
        const effective = found.get(setting.name);
        expect(effective && isEffective(setting, effective), `${setting.name}: ${JSON.stringify(effective)}`).toBe(
          true,
        );
      }
      await client.query("select 1"); // connected since before the change
      await client.end();
    });

    test("what cannot be taken is refused, and nothing is changed", async () => {
      const bad = server.settings.map((setting) =>
        setting.name === "pool_mode" ? { ...setting, value: "never" } : setting,
      );
      await server.rewrite(bad);
      await expect(connected((connection) => connection.apply(bad))).rejects.toMatchObject({ code: "NOT_CONVERGED" });
      const found = await connected((connection) => connection.read(["pool_mode", "no_such_setting"]));
      expect([...found]).toEqual([["pool_mode", { value: "transaction" }]]);
      await server.rewrite(server.settings);
      await connected((connection) => connection.apply(server.settings));
    });
  });

  test("answers again when PostgreSQL was restarted, to the same clients", async () => {
    const client = await connect(asApp());
    await client.query("select 1");
    await upstream.stop();
    await upstream.start();
    await eventually(() => live.ready([server.target]), 20_000);
    await client.query("select 1");
    await client.end();
  });

  describe("the benchmark", () => {
    test("runs every scenario through the pool, on data of its own, and leaves nothing", async () => {
      const bench = benchOf(live, [server.target]);
      await bench.teardown();
      await bench.setup();
      for (const scenario of bench.scenarios) {
        await scenario.prepare?.();
        const run = await scenario.open(scenario.clients);
        for (let round = 0; round < 50; round += scenario.clients) {
          await Promise.all(Array.from({ length: scenario.clients }, (_, client) => run.operation(client)));
        }
        await run.close();
      }
      await bench.teardown();
      await bench.teardown();
      const Count = z.object({ count: z.coerce.number() });
      const login = {
        target: upstream.target,
        database: "plumbline_bench",
        credential: ["postgres", "bench"],
      } as const;
      const left = "select count(*) from pg_class where relnamespace >= 16384";
      expect(await withClient(login, (client) => rows(client, Count, left))).toEqual([{ count: 0 }]);
    });

    test("can be set up beside that of the direct way, and neither removes the other's data", async () => {
      const [pooled, direct] = [benchOf(live, [server.target]), benchOf(await database.live(), [upstream.target])];
      await direct.setup();
      await pooled.setup();
      await pooled.teardown();
      const read = direct.scenarios.find(({ effect }) => effect === "read") ?? expect.fail("no read");
      const run = await read.open(1);
      await run.operation(0);
      await run.close();
      await direct.teardown();
    });

    test("has a fast read and a durable write in the smoke set, and names the pool in its fingerprint", async () => {
      const bench = benchOf(live, [server.target]);
      expect(bench.scenarios.filter(({ smoke }) => smoke).map(({ name }) => name)).toEqual([
        "pgbouncer/select-by-key",
        "pgbouncer/insert",
      ]);
      expect(await bench.fingerprint()).toMatchObject({ pool_mode: "transaction", synchronous_commit: "on" });
    });
  });

  const drain = (deadlineMs: number) => {
    if (!live.drain) throw new Error("PgBouncer drains no clients");
    return live.drain([server.target], deadlineMs);
  };

  describe("clients of a drained pool", () => {
    test("must wait, and get their answers once they are released", async () => {
      await withClient(asApp(), async (client) => {
        await client.query("select 1");
        const drained = await drain(5_000);
        let answered = false;
        const waiting = client.query("select 1").then(() => (answered = true));
        await pauseMs(300);
        expect(answered).toBe(false);
        await drained.release();
        await waiting;
        expect(answered).toBe(true);
      });
    });

    test("must be served as before where a transaction does not end, which is named", async () => {
      await withClient(asApp(), async (client) => {
        await client.query("begin");
        await client.query("select 1");
        await expect(drain(300)).rejects.toThrow(/nothing was restarted: a transaction is still open: app from \d/);
        await client.query("commit");
        await withClient(asApp(), (other) => other.query("select 1"));
      });
    });

    test("must be released by the next run when the one that drained the pool was killed", async () => {
      await drain(5_000);
      expect(await live.prepare([server.target], NO_GRANTS)).toEqual([
        "resumed the pool, which an interrupted run had paused",
      ]);
      expect(await live.prepare([server.target], NO_GRANTS)).toEqual([]);
      await withClient(asApp(), (client) => client.query("select 1"));
    });
  });
});

function tuned(cpus: number, workload: Workload): readonly Setting[] {
  return pool.tune({ share: { memory: gib(8), cpus: 1 }, machine: { cpus, memory: gib(8) }, workload });
}
