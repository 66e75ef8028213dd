import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Connection, Share } from "../../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { gib, inMib, mib } from "../../../stack/core/units.ts";
import { POOLS, poolSize, type Workload } from "../../../stack/core/service/workload.ts";
import { connect, rows, withClient } from "../../../stack/services/kit/postgresql/client.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";
import { RESERVED_CONNECTIONS } from "../../../stack/services/kit/postgresql/connections.ts";
import {
  describeLive,
  eventually,
  MACHINE,
  openLab,
  WORKLOAD,
  type Lab,
  type RunningService,
  type Server,
} from "../../support/live/server.ts";
import { benchOf, NO_GRANTS } from "../../support/core/steps.ts";

const service = postgres.configure({});

await describeLive("PostgreSQL", ["postgres"], () => {
  let lab: Lab;
  let running: RunningService;
  let server: Server;

  beforeAll(async () => {
    lab = await openLab([service]);
    running = await lab.up(service, { share: { memory: gib(1), cpus: 2 } });
    server = one(running.servers);
  });
  afterAll(() => lab.close());

  const asAdmin = (database = "postgres") =>
    ({ target: server.target, database, credential: ["postgres", "admin"] }) as const;
  const asApp = () => ({ target: server.target, database: "app", credential: ["postgres", "app"] }) as const;
  const connected = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await running.live.connect(server.target);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };

  const startTime = () =>
    withClient(asAdmin(), async (client) => {
      const Row = z.object({ started: z.string() });
      return one(await rows(client, Row, "select pg_postmaster_start_time()::text as started")).started;
    });

  describe("one-time steps", () => {
    test("make roles and databases, and the second time do nothing", async () => {
      expect(running.prepared).toEqual([
        "created role app",
        "created role plumbline_bench",
        "made the writes of role plumbline_bench durable",
        "created database app",
        "created database plumbline_bench",
        "created extension pg_stat_statements",
      ]);
      expect(await running.live.prepare(running.targets, NO_GRANTS)).toEqual([]);
    });

    test("put right what was changed by hand, and only that", async () => {
      await withClient(asAdmin(), (client) => client.query("alter role app password 'another'"));
      await expect(running.live.ready(running.targets)).rejects.toThrow(/password authentication failed/);
      expect(await running.live.prepare(running.targets, NO_GRANTS)).toEqual(["set login and password of role app"]);
      await running.live.ready(running.targets);
    });

    test("the application owns its database and is no superuser", async () => {
      const Row = z.object({ owner: z.string(), super: z.string() });
      const query = `select pg_get_userbyid(datdba) as owner, current_setting('is_superuser') as super
                     from pg_database where datname = current_database()`;
      const found = await withClient(asApp(), (client) => rows(client, Row, query));
      expect(found).toEqual([{ owner: "app", super: "off" }]);
    });
  });

  test("a wrong password is refused", async () => {
    const right = server.target.credentials;
    const credentials = (of: string, name: string) => ({ ...right(of, name), password: "wrong" });
    for (const name of ["admin", "app", "bench"]) {
      const login = { target: { ...server.target, credentials }, database: "postgres", credential: ["postgres", name] };
      await expect(connect({ ...login, credential: ["postgres", name] })).rejects.toThrow(/password authentication/);
    }
  });

  describe("read-back", () => {
    test("our table of what needs a restart is the running server's", async () => {
      const Row = z.object({ name: z.string(), context: z.string() });
      const names = server.settings.map(({ name }) => name);
      const query = "select name, context from pg_settings where name = any($1)";
      const found = await withClient(asAdmin(), (client) => rows(client, Row, query, [names]));
      const takes = found.map(({ name, context }) => [name, context === "postmaster" ? "restart" : "live"]);
      expect(Object.fromEntries(takes)).toEqual(
        Object.fromEntries(server.settings.map(({ name, takes }) => [name, takes])),
      );
    });

    test("what the server does not know is absent", async () => {
      const found = await connected((connection) => connection.read(["work_mem", "no_such_setting"]));
      expect([...found.keys()]).toEqual(["work_mem"]);
    });

    test("a value that shadows the conf file says where it comes from", async () => {
      await withClient(asAdmin(), async (client) => {
        await client.query("alter system set random_page_cost = 3");
        await client.query("select pg_reload_conf()");
      });
      await eventually(async () => {
        const found = await connected((connection) => connection.read(["random_page_cost", "work_mem"]));
        expect(found.get("random_page_cost")).toEqual({ value: 3, origin: "postgresql.auto.conf" });
        expect(found.get("work_mem")?.origin).toBeUndefined();
      });
      await withClient(asAdmin(), async (client) => {
        await client.query("alter system reset random_page_cost");
        await client.query("select pg_reload_conf()");
      });
    });
  });

  describe("live changes", () => {
    test("take effect without a restart, and the rest waits for one", async () => {
      const before = await startTime();
      const wanted = tuned({ memory: gib(4), cpus: 2 }, { ...WORKLOAD, kind: "oltp" });
      const changed = wanted.filter(
        ({ takes, value, name }) => takes === "live" && value !== settingOf(server.settings, name).value,
      );
      expect(changed.map(({ name }) => name)).toEqual(expect.arrayContaining(["work_mem", "max_wal_size"]));
      await server.rewrite(wanted);
      await connected((connection) => connection.apply(changed));
      const found = await connected((connection) => connection.read(wanted.map(({ name }) => name)));
      for (const setting of wanted.filter(({ takes }) => takes === "live")) {
        expect(found.get(setting.name), setting.name).toEqual({ value: setting.value });
      }
      expect(found.get("shared_buffers")).toEqual({
        value: settingOf(server.settings, "shared_buffers").value,
        pendingRestart: true,
      });
      expect(await startTime()).toBe(before);
    });

    test("a value that the server cannot take is refused, and nothing is changed", async () => {
      const before = await connected((connection) => connection.read(["work_mem", "random_page_cost"]));
      const bad = [
        { ...settingOf(server.settings, "work_mem"), value: mib(3) },
        { ...settingOf(server.settings, "random_page_cost"), value: -5 },
      ];
      await server.rewrite(bad);
      const refused = connected((connection) => connection.apply(bad));
      await expect(refused).rejects.toMatchObject({ code: "NOT_CONVERGED" });
      await expect(refused).rejects.toThrow(/random_page_cost/);
      expect(await connected((connection) => connection.read(["work_mem", "random_page_cost"]))).toEqual(before);
    });
  });

  describe("every value is accepted and read back equal", () => {
    // One cluster that is restarted with each conf: the limit is the machine's, the conf is the share's.
    const grid: readonly (readonly [memory: number, cpus: number, workload: Partial<Workload>])[] = [
      [inMib(service.needs({ machine: { ...MACHINE, cpus: 1 }, workload: WORKLOAD }).floor), 0.5, {}],
      [512, 1, { kind: "oltp" }],
      [1024, 2, { kind: "mixed", connections: 100 }],
      [1600, 3, { kind: "dw" }],
      [3584, 8, { connections: 200 }],
      [8192, 16, { kind: "oltp", connections: 500 }],
      [12_288, 64, { kind: "dw" }],
    ];
    test.for(grid)("%i MiB, %d cpus, %j", async ([memory, cpus, workload]) => {
      const settings = tuned({ memory: mib(memory), cpus }, { ...WORKLOAD, ...workload });
      await server.rewrite(settings);
      await server.stop();
      await server.container.update({ Memory: gib(14), MemorySwap: gib(14) });
      await server.start();
      const found = await eventually(() =>
        connected((connection) => connection.read(settings.map(({ name }) => name))),
      );
      for (const setting of settings) {
        const effective = found.get(setting.name);
        expect(effective && isEffective(setting, effective), `${setting.name}: ${JSON.stringify(effective)}`).toBe(
          true,
        );
        expect(effective?.origin, setting.name).toBeUndefined();
        expect(effective?.pendingRestart, setting.name).toBeUndefined();
      }
    });

    test("also on machines that are larger than this one", async () => {
      for (const kind of ["web", "oltp", "dw", "mixed"] as const) {
        const settings = tuned({ memory: gib(256), cpus: 64 }, { kind, clients: 100_000, connections: 10_000 });
        await server.rewrite(settings);
        const argv = ["postgres", "-c", "config_file=/etc/plumbline/postgresql.conf", "-C", "shared_buffers"];
        const checked = await server.target.exec(argv, { user: "postgres" });
        expect(checked.stdout.trim()).not.toBe("");
      }
    });
  });

  test("at the floor, every connection can sort at once beside an index build, and nothing is killed", async () => {
    const { floor } = service.needs({ machine: MACHINE, workload: WORKLOAD });
    const small = await openLab([service]);
    try {
      const up = await small.up(service, { share: { memory: floor, cpus: 2 } });
      const { target, container } = one(up.servers);
      const login = { target, database: "app", credential: ["postgres", "app"], queryDeadlineMs: 60_000 } as const;
      const build =
        "create table t as select g, md5(g::text) from generate_series(1, 500000) g; create index on t (md5)";
      const sort = "select count(*) from (select md5(g::text) from generate_series(1, 100000) g order by 1) sorted";
      const direct = POOLS * poolSize(MACHINE.cpus) + WORKLOAD.connections - RESERVED_CONNECTIONS;
      const queries = [build, ...Array.from({ length: direct - 1 }, () => sort)];
      await Promise.all(queries.map((query) => withClient(login, (client) => client.query(query))));
      await expect(withClient(login, () => Promise.resolve())).resolves.toBeUndefined();
      const { State } = await container.inspect();
      expect(State).toMatchObject({ Running: true, OOMKilled: false });
      expect(await one(up.servers).logs(1000)).not.toContain("terminated by signal");
    } finally {
      await small.close();
    }
  });

  describe("the benchmark", () => {
    beforeAll(async () => {
      await server.rewrite(server.settings);
      await server.stop();
      await server.start();
      await eventually(() => running.live.ready(running.targets));
    });

    test("runs every scenario on data of its own, leaves nothing, and touches no table of the user", async () => {
      await withClient(asApp(), (client) => client.query("create table mine as select generate_series(1, 7) as id"));
      const bench = benchOf(running.live, running.targets);
      await bench.teardown();
      await bench.setup();
      await bench.setup(); // as after a killed run
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
      const left = "select count(*) from pg_class where relnamespace >= 16384";
      const inBench = await withClient(asAdmin("plumbline_bench"), (client) => rows(client, Count, left));
      expect(inBench).toEqual([{ count: 0 }]);
      const mine = await withClient(asApp(), (client) => rows(client, Count, "select count(*) from mine"));
      expect(mine).toEqual([{ count: 7 }]);
    });

    test("has a fast read and a durable write in the smoke set", () => {
      const smoke = benchOf(running.live, running.targets).scenarios.filter((scenario) => scenario.smoke);
      expect(smoke.map(({ name, effect }) => [name, effect])).toEqual([
        ["postgres/select-by-key", "read"],
        ["postgres/insert", "durable write"],
      ]);
    });

    test("its fingerprint says what a commit promised", async () => {
      expect(await benchOf(running.live, running.targets).fingerprint()).toMatchObject({
        fsync: "on",
        synchronous_commit: "on",
        full_page_writes: "on",
        data_checksums: "on",
      });
    });
  });
});

function tuned(share: Share, workload: Workload): readonly Setting[] {
  return service.tune({ share, machine: { ...MACHINE, cpus: Math.ceil(share.cpus) }, workload });
}

function settingOf(settings: readonly Setting[], name: string): Setting {
  return one(settings.filter((setting) => setting.name === name));
}

function one<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("nothing found");
  return item;
}
