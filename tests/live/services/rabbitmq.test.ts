import { connect } from "amqplib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Connection, Target } from "../../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { rabbitmq } from "../../../stack/services/rabbitmq/index.ts";
import { management } from "../../../stack/services/rabbitmq/management.ts";
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

const service = rabbitmq.configure({});
const OPERATIONS = 50;
const READY_DEADLINE_MS = 60_000;

const GRID = [
  { memory: mib(320), cpus: 1 },
  { memory: gib(1), cpus: 2 },
  { memory: gib(4), cpus: 1.5 },
] as const;

const NAMES = z.array(z.object({ name: z.string() }));

await describeLive("A RabbitMQ node", ["rabbitmq"], () => {
  let lab: Lab;
  let running: RunningService;
  let server: Server;

  beforeAll(async () => {
    lab = await openLab([service]);
    running = await lab.up(service, { share: { memory: mib(512), cpus: 2 } });
    const [first] = running.servers;
    if (!first) throw new Error("no server was started");
    server = first;
  });
  afterAll(() => lab.close());

  const connected = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await running.live.connect(server.target);
    return work(connection).finally(() => void connection.close());
  };
  const restart = async (): Promise<void> => {
    await server.stop();
    await server.start();
    await eventually(() => running.live.ready([server.target]), READY_DEADLINE_MS);
    await eventually(() => running.live.connect(server.target));
  };

  test("answers the same through rabbitmqctl, in images without erl_call", async () => {
    const without: Target = {
      ...server.target,
      exec: (argv, options) =>
        argv[0] === "erl_call" ? Promise.reject(new Error("not found")) : server.target.exec(argv, options),
    };
    const connection = await running.live.connect(without);
    expect(await differences(connection, server.settings)).toEqual([]);
    await connection.apply(server.settings.filter(({ takes }) => takes === "live"));
    expect(await differences(connection, server.settings)).toEqual([]);
  });

  test("has its users and vhosts from its boot on, and no guest", async () => {
    expect(running.prepared).toEqual([]);
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([]);
    const api = management(server.target);
    expect((await api.get("users", NAMES)).map(({ name }) => name).toSorted()).toEqual([
      "admin",
      "app",
      "plumbline_bench",
    ]);
    expect((await api.get("vhosts", NAMES)).map(({ name }) => name).toSorted()).toEqual(["app", "plumbline_bench"]);
  });

  test("gets back what somebody removed or changed, and loses a guest", async () => {
    const api = management(server.target);
    await api.delete("users/plumbline_bench");
    await api.put("users/app", { password: "another", tags: "" });
    await api.put("users/guest", { password: "guest", tags: "administrator" });
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([
      "set the password of user app",
      "created user plumbline_bench",
      "granted user plumbline_bench all rights on vhost plumbline_bench",
      "removed user guest",
    ]);
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([]);
    await running.live.ready([server.target]);
  });

  test("loses what somebody has set that changes what is measured, or lets nobody in, and keeps the rest", async () => {
    const api = management(server.target);
    const policy = { pattern: ".*", definition: { "max-length": 1 }, "apply-to": "queues" };
    await api.put("policies/plumbline_bench/tiny", policy);
    await api.put("policies/app/mine", policy);
    await api.put("operator-policies/plumbline_bench/tiny", policy);
    await api.put("vhost-limits/app/max-connections", { value: 0 });
    await api.put("vhost-limits/app/max-queues", { value: 1000 });
    await api.put("user-limits/plumbline_bench/max-channels", { value: 1 });
    await api.put("topic-permissions/app/app", { exchange: "amq.topic", write: "^a", read: "^a" });
    await api.put("users/app", {
      password_hash: server.target.credentials("rabbitmq", "app").saltedSha256,
      hashing_algorithm: "rabbit_password_hashing_sha256",
      tags: ["administrator"],
    });
    await expect(running.live.ready([server.target])).rejects.toThrow();
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([
      "set the tags of user app",
      "removed the limit max-connections = 0 of vhost app",
      "removed the limit max-channels = 1 of user plumbline_bench",
      "removed the policy tiny of vhost plumbline_bench",
      "removed the operator policy tiny of vhost plumbline_bench",
      "removed the topic permissions of user app on vhost app",
    ]);
    expect(await running.live.prepare([server.target], NO_GRANTS)).toEqual([]);
    await running.live.ready([server.target]);
    expect(await api.get("policies", NAMES)).toMatchObject([{ name: "mine" }]);
    await api.delete("policies/app/mine");
    await api.delete("vhost-limits/app/max-queues");
  });

  test("keeps the application's user out of the benchmarks' vhost", async () => {
    await expect(client(server.target, "app", "plumbline_bench")).rejects.toThrow(/ConnectionClose/);
  });

  test("takes another watermark and disk limit while it runs, and has them again after a restart", async () => {
    const boots = await bootsOf(server);
    const other = service.tune({ share: { memory: mib(768), cpus: 2 }, machine: MACHINE, workload: WORKLOAD });
    const live = other.filter(({ takes }) => takes === "live");
    await server.rewrite(other);
    await connected(async (connection) => {
      await connection.apply(live);
      expect(await differences(connection, live)).toEqual([]);
    });
    expect(await bootsOf(server)).toBe(boots);

    await restart();
    await connected(async (connection) => expect(await differences(connection, other)).toEqual([]));

    await server.rewrite(server.settings);
    await connected(async (connection) => {
      await connection.apply(server.settings.filter(({ takes }) => takes === "live"));
      expect(await differences(connection, server.settings)).toEqual([]);
    });
  });

  test("refuses a watermark that would block publishers at once, and changes nothing", async () => {
    await connected(async (connection) => {
      await expect(
        connection.apply([
          { name: "disk_free_limit.absolute", value: mib(100) },
          { name: "vm_memory_high_watermark.absolute", value: mib(16) },
        ]),
      ).rejects.toThrow(/block every publisher/);
      await expect(connection.apply([{ name: "schedulers", value: 1 }])).rejects.toThrow(/while it runs/);
      expect(await differences(connection, server.settings)).toEqual([]);
    });
  });

  test("keeps what users made when it boots again", async () => {
    const api = management(server.target);
    await api.put("users/somebody", { password: "own", tags: "" });
    await api.put("permissions/app/somebody", { configure: "mine", write: "mine", read: "mine" });
    const before = await client(server.target, "app", "app");
    const channel = await before.createConfirmChannel();
    await channel.assertQueue("mine", { durable: true, arguments: { "x-queue-type": "quorum" } });
    channel.sendToQueue("mine", Buffer.from("kept"), { persistent: true });
    await channel.waitForConfirms();
    await before.close();

    await restart();

    expect((await api.get("users", NAMES)).map(({ name }) => name)).toContain("somebody");
    const after = await client(server.target, "app", "app");
    const message = await (await after.createChannel()).get("mine", { noAck: true });
    expect(message && message.content.toString()).toBe("kept");
    await after.close();
  });

  test("runs every scenario, and is left without a trace of them", async () => {
    const bench = benchOf(running.live, [server.target]);
    await bench.setup();
    await bench.setup();
    for (const scenario of bench.scenarios) {
      const run = await scenario.open(scenario.clients);
      const loop = async (index: number): Promise<void> => {
        for (let turn = 0; turn < OPERATIONS / scenario.clients; turn += 1) await run.operation(index);
      };
      await Promise.all(Array.from({ length: scenario.clients }, (_, index) => loop(index)));
      await run.close();
    }
    const fingerprint = await bench.fingerprint();
    expect(Object.keys(fingerprint)).toEqual(["version", "erlang"]);
    expect(fingerprint["version"]).toMatch(/^4\./);
    await bench.teardown();
    await bench.teardown();
    const api = management(server.target);
    expect(await api.get("queues/plumbline_bench?columns=name", NAMES)).toEqual([]);
    expect(await api.get("queues/app?columns=name", NAMES)).toEqual([{ name: "mine" }]);
  });

  test("can be read from beyond the stock that a consumer is given", async () => {
    const bench = benchOf(running.live, [server.target]);
    await bench.setup();
    for (const name of ["rabbitmq/get-ack", "rabbitmq/consume-batched-acks", "rabbitmq/consume-no-ack"]) {
      const scenario = bench.scenarios.find((one) => one.name === name);
      if (!scenario) throw new Error(`no scenario ${name}`);
      const run = await scenario.open(1);
      for (let turn = 0; turn < 4_100; turn += 1) await run.operation(0);
      await run.close();
    }
    await bench.teardown();
  });

  test("that dies under its clients makes their next operation fail, and nothing else", async () => {
    const bench = benchOf(running.live, [server.target]);
    await bench.setup();
    const names = ["rabbitmq/publish-1k-durable", "rabbitmq/get-ack", "rabbitmq/consume-single-acks"];
    const runs = await Promise.all(
      bench.scenarios.filter(({ name }) => names.includes(name)).map((scenario) => scenario.open(1)),
    );
    expect(runs).toHaveLength(3);
    const loops = runs.map(async (run) => {
      for (;;) await run.operation(0);
    });
    const outcomes = Promise.allSettled(loops);
    await server.container.kill();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await Promise.all(runs.map((run) => run.close()));
    await expect(running.live.connect(server.target)).rejects.toThrow();
    await server.start();
    await eventually(() => running.live.ready([server.target]), READY_DEADLINE_MS);
    await eventually(() => bench.teardown());
  });

  test.each(GRID)("accepts what the formulas give for $memory bytes and $cpus cpus", async (share) => {
    const one = await openLab([service]);
    try {
      const other = await one.up(service, { share });
      const [started] = other.servers;
      if (!started) throw new Error("no server was started");
      const connection = await other.live.connect(started.target);
      expect(await differences(connection, started.settings)).toEqual([]);
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
      return !effective || !isEffective(setting, effective);
    })
    .map(({ name, value }) => ({ name, value, effective: values.get(name) }));
}

async function client(target: Target, credential: string, vhost: string) {
  const { user, password } = target.credentials("rabbitmq", credential);
  const connection = await connect(
    { hostname: target.host, port: target.port("amqp"), username: user, password, vhost },
    { timeout: 5_000 },
  );
  connection.on("error", () => undefined);
  return connection;
}

async function bootsOf({ container }: Server): Promise<string> {
  return (await container.inspect()).State.StartedAt;
}
