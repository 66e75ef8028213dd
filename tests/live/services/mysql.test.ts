import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Connection, Target } from "../../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { mysql } from "../../../stack/services/mysql/index.ts";
import {
  describeLive,
  eventually,
  MACHINE,
  openLab,
  type Lab,
  type RunningService,
  type Server,
} from "../../support/live/server.ts";
import { benchOf, NO_GRANTS } from "../../support/core/steps.ts";

const service = mysql.configure({});
const OPERATIONS = 50;
const PAGE = 16_384;

/** Limits that the formulas treat differently: small pool, tight, the share on 8 GiB, and a large one. */
const GRID = [
  { memory: mib(480), cpus: 0.5, connections: 100 },
  { memory: mib(784), cpus: 1, connections: 100 },
  { memory: mib(1664), cpus: 2, connections: 200 },
  { memory: gib(6), cpus: 2, connections: 500 },
] as const;

const workload = (connections: number) => ({ kind: "web", clients: 8, connections }) as const;

await describeLive("A MySQL server", ["mysql"], () => {
  let lab: Lab;
  let running: RunningService;
  let server: Server;

  beforeAll(async () => {
    lab = await openLab([service]);
    running = await lab.up(service, { share: { memory: mib(832), cpus: 2 }, workload: workload(100) });
    const [first] = running.servers;
    if (!first) throw new Error("no server was started");
    server = first;
  });
  afterAll(() => lab.close());

  const connected = async <T>(target: Target, work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await running.live.connect(target);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };

  test("says where a value comes from when it is not the conf file", async () => {
    await connected(server.target, async (connection) => {
      const values = await connection.read(["max_connections", "sync_binlog", "no_such_variable", "port"]);
      expect(values.get("max_connections")).toEqual({ value: 100 });
      expect(values.get("port")).toEqual({ value: 3306, origin: "compiled" });
      expect(values.has("no_such_variable")).toBe(false);
    });
  });

  test("makes its databases and users once, and finds nothing to do the second time", async () => {
    expect(running.prepared).toEqual([
      "created database app",
      "created user app",
      "granted user app all rights on database app",
      "created database plumbline_bench",
      "created user plumbline_bench",
      "granted user plumbline_bench all rights on database plumbline_bench",
    ]);
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([]);
  });

  test("gives users whose password is another the password of the stack", async () => {
    const admin = await sql(server.target, "admin");
    await admin.query("ALTER USER app@'%' IDENTIFIED BY 'another'");
    await admin.end();
    await expect(running.live.ready([server.target])).rejects.toThrow(/Access denied/);
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual(["set the password of user app"]);
    await running.live.ready([server.target]);
  });

  test("keeps the application's user out of other databases", async () => {
    const app = await sql(server.target, "app");
    await expect(app.query("CREATE TABLE plumbline_bench.intruder (id INT)")).rejects.toThrow(/denied/);
    await expect(app.query("CREATE DATABASE other")).rejects.toThrow(/denied/);
    await app.end();
  });

  test("takes other sizes while it runs, without a restart, and has them again after one", async () => {
    const started = await uptimeStart(server.target);
    const smaller = service.tune({ share: { memory: mib(784), cpus: 2 }, machine: MACHINE, workload: workload(120) });
    const live = smaller.filter(({ takes }) => takes === "live");
    await server.rewrite(smaller);
    await connected(server.target, async (connection) => {
      await connection.apply(live);
      expect(await differences(connection, smaller)).toEqual([]);
    });
    const pool = poolIn(smaller);
    expect(pool).toBeLessThan(poolIn(server.settings));
    expect(await poolPages(server.target)).toBe(pool / PAGE);
    expect(await uptimeStart(server.target)).toBe(started);

    await server.stop();
    await server.start();
    await eventually(() =>
      connected(server.target, async (connection) => {
        expect(await differences(connection, smaller)).toEqual([]);
      }),
    );

    await server.rewrite(server.settings);
    await connected(server.target, async (connection) => {
      await connection.apply(server.settings.filter(({ takes }) => takes === "live"));
      expect(await differences(connection, server.settings)).toEqual([]);
    });
  });

  test("changes nothing when one of the values cannot be taken", async () => {
    await connected(server.target, async (connection) => {
      await expect(
        connection.apply([
          { name: "max_connections", value: 77 },
          { name: "innodb_redo_log_capacity", value: "much" },
        ]),
      ).rejects.toThrow();
      await expect(connection.apply([{ name: "innodb_flush_method", value: "fsync" }])).rejects.toThrow(
        /while it runs/,
      );
      expect(await differences(connection, server.settings)).toEqual([]);
    });
  });

  test("runs every scenario, and is left without a trace of them", async () => {
    const app = await sql(server.target, "app", "app");
    await app.query("CREATE TABLE notes (id INT PRIMARY KEY, note TEXT)");
    await app.query("INSERT INTO notes VALUES (1, 'mine')");

    const bench = benchOf(running.live, [server.target]);
    await bench.setup();
    await bench.setup();
    for (const scenario of bench.scenarios) {
      const run = await scenario.open(scenario.clients);
      const client = async (index: number): Promise<void> => {
        for (let turn = 0; turn < OPERATIONS / scenario.clients; turn += 1) await run.operation(index);
      };
      await Promise.all(Array.from({ length: scenario.clients }, (_, index) => client(index)));
      await run.close();
    }
    expect(await bench.fingerprint()).toMatchObject({
      innodb_flush_log_at_trx_commit: "1",
      innodb_flush_method: "O_DIRECT",
      log_bin: "OFF",
      sync_binlog: "1",
    });
    await bench.teardown();
    await bench.teardown();

    const bare = await sql(server.target, "bench");
    const [tables] = await bare.query("SHOW TABLES IN plumbline_bench");
    expect(tables).toEqual([]);
    const [notes] = await app.query("SELECT note FROM notes");
    expect(notes).toEqual([{ note: "mine" }]);
    await Promise.all([app.end(), bare.end()]);
  });

  test.each(GRID)("accepts what the formulas give for $memory bytes and $connections connections", async (size) => {
    const one = await openLab([service]);
    try {
      const share = { memory: size.memory, cpus: size.cpus };
      const other = await one.up(service, { share, workload: workload(size.connections) });
      const [started] = other.servers;
      if (!started) throw new Error("no server was started");
      const connection = await other.live.connect(started.target);
      expect(await differences(connection, started.settings)).toEqual([]);
      await connection.close();
    } finally {
      await one.close();
    }
  });
});

async function differences(connection: Connection, settings: readonly Setting[]) {
  const values = await connection.read(settings.map(({ name }) => name));
  return settings
    .filter((setting) => {
      const effective = values.get(setting.name);
      // Exactly: the tolerance exists for values that a profile gives, not for our own.
      return !effective || effective.value !== setting.value || !isEffective(setting, effective);
    })
    .map(({ name, value }) => ({ name, value, effective: values.get(name) }));
}

function sql(target: Target, credential: string, database?: string) {
  const { user, password } = target.credentials("mysql", credential);
  const place = { host: target.host, port: target.port("sql") };
  return createConnection({ ...place, user, password, ...(database !== undefined && { database }) });
}

async function uptimeStart(target: Target): Promise<string> {
  return (await target.exec(["sh", "-c", "cut -d ' ' -f 22 /proc/1/stat"])).stdout;
}

function poolIn(settings: readonly Setting[]): number {
  return Number(settings.find(({ name }) => name === "innodb_buffer_pool_size")?.value);
}

async function poolPages(target: Target): Promise<number> {
  const admin = await sql(target, "admin");
  const [rows] = await admin.query(
    "SELECT CAST(variable_value AS SIGNED) AS pages FROM performance_schema.global_status WHERE variable_name = 'Innodb_buffer_pool_pages_total'",
  );
  await admin.end();
  const [row] = Array.isArray(rows) ? rows : [];
  return row && "pages" in row ? Number(row["pages"]) : 0;
}
