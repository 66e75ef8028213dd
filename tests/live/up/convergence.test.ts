import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { failureOf, startCli } from "../../support/live/cli.ts";
import { definedAs } from "../../support/live/docker.ts";
import { redisCommand, sql } from "../../support/live/clients.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Seen, type Stack } from "../../support/live/stack.ts";

await describeStack("up on a stack that somebody changed by hand", () => {
  let stack: Stack;
  let before: Readonly<Record<string, Seen>>;
  /** Brings it up, and checks that only this instance was planned for and touched. */
  const repaired = async (instance: string, ...actions: readonly string[]) => {
    const { plan } = await stack.up();
    expect(plan.map(({ text }) => text).join("\n")).toContain(instance);
    expect(changesIn(plan).map((planned) => planned.action)).toEqual(actions);
    const after = await stack.seen();
    expect(others(after, instance)).toEqual(others(before, instance));
    expect(after[instance]?.state).toBe("running");
    const touched = { before: before[instance], after: after[instance] };
    before = after;
    return touched;
  };
  beforeAll(async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    before = await stack.seen();
    await sql(stack, "create table kept (value text)", { database: "app" });
    await sql(stack, "insert into kept values ('still here')", { database: "app" });
    await redisCommand(stack, ["SET", "kept", "still here"]);
  });
  afterAll(() => stack.close());

  test("with nothing changed there is nothing to do, and no container is touched", async () => {
    expect((await stack.up()).plan).toEqual([]);
    expect(await stack.seen()).toEqual(before);
  });

  test("a setting that was changed on the server gets its value back without a restart", async () => {
    await redisCommand(stack, ["CONFIG", "SET", "maxmemory", "12345678"]);
    const touched = await repaired("redis-1", "apply-settings");
    expect(touched.after).toEqual(touched.before);
    expect(await redisCommand(stack, ["CONFIG", "GET", "maxmemory"])).not.toContain("12345678");
  });

  test("so does one that ALTER SYSTEM put before the conf file", async () => {
    await sql(stack, "alter system set work_mem = '99kB'");
    await sql(stack, "select pg_reload_conf()");
    const touched = await repaired("postgres", "reset-persisted", "apply-settings");
    expect(touched.after).toEqual(touched.before);
    expect(await sql(stack, "show work_mem")).not.toEqual([{ work_mem: "99kB" }]);
  });

  test("a limit that was changed gets its value back without a restart", async () => {
    const { HostConfig: planned } = await stack.container("redis-1").inspect();
    const memory = (planned.Memory ?? 0) + 2 ** 26;
    await stack.container("redis-1").update({ Memory: memory, MemorySwap: memory, NanoCpus: 5e8 });
    const touched = await repaired("redis-1", "shrink-limits");
    expect(touched.after).toEqual(touched.before);
    const { HostConfig } = await stack.container("redis-1").inspect();
    const { Memory, MemorySwap, NanoCpus } = planned;
    expect(HostConfig).toMatchObject({ Memory, MemorySwap, NanoCpus });
  });

  test("a container that was stopped is started again", async () => {
    await stack.container("pgbouncer").stop({ t: 5 });
    const touched = await repaired("pgbouncer", "start-container");
    expect(touched.after?.id).toBe(touched.before?.id);
  });

  test("a container that is paused works again", async () => {
    await stack.container("redis-1").pause();
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action }) => action)).toEqual(["unpause-container", "recreate-container"]);
    expect(others(await stack.seen(), "redis-1")).toEqual(others(before, "redis-1"));
    expect(await redisCommand(stack, ["PING"])).toBe("PONG");
    before = await stack.seen();
  });

  test("a container that somebody made anew with more rights is told by verify, and replaced", async () => {
    await giveMore(stack, "redis-1");
    const args = ["--stack", stack.name, "--profile", stack.profile, "--no-bench", "--json"];
    const ended = await startCli("verify", args).ended;
    expect(ended.exitCode).toBe(4);
    const port = 6379 + stack.offset;
    const beyond = `cap_add SYS_PTRACE; port 127.0.0.2:${port}:6379/tcp; mount /proc at /machine, read-only`;
    expect(failureOf(ended).details["differences"]).toContainEqual(
      expect.stringContaining(
        `recreate redis-1: it has ${beyond} beyond its definition, and it lacks cap_drop ALL; pids_limit 1024; nofile `,
      ),
    );
    await repaired("redis-1", "recreate-container");
    expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
    expect((await startCli("verify", args).ended).exitCode).toBe(0);
  });

  test("a container that was removed is made again, on the same data", async () => {
    await stack.container("redis-1").remove({ force: true });
    const touched = await repaired("redis-1", "create-container");
    expect(touched.after?.id).not.toBe(touched.before?.id);
    expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
  });

  test("a database that came back at another address is found by its pool", async () => {
    const address = () => addressOf(stack, "postgres");
    const was = await address();
    await stack.container("postgres").stop({ t: 10 });
    const squatter = await squat(stack);
    try {
      const { plan } = await stack.up();
      expect(changesIn(plan).map(({ text }) => text)).toEqual(["start postgres"]);
      expect(plan).toContainEqual(
        expect.objectContaining({ action: "await-service", text: "wait until pgbouncer works" }),
      );
      expect(await address()).not.toBe(was);
      const through = { port: 6432, user: "app", database: "app", credential: "postgres.app" };
      expect(await sql(stack, "select 1 as one", through)).toEqual([{ one: 1 }]);
    } finally {
      await squatter.remove({ force: true, v: true });
    }
    before = await stack.seen();
  });

  test("containers of another definition take the place of those that run, and are waited for", async () => {
    await stack.setProfile(`${SMALL}portOffset: 1\n`);
    const { plan, proof, services } = await stack.up();
    await stack.setProfile(SMALL);
    expect(new Set(plan.map(({ action }) => action))).toContain("recreate-container");
    expect(proof.containers).toBe(3);
    expect(services.flatMap(({ instances }) => instances.flatMap(({ endpoints }) => endpoints))).toContainEqual(
      expect.objectContaining({ port: 5432 + stack.offset + 1 }),
    );
    await stack.up();
    const after = await stack.seen();
    for (const [instance, { id }] of Object.entries(before)) expect(after[instance]?.id).not.toBe(id);
    before = after;
  });

  test("a service that the profile drops loses its container and keeps its volume, and finds its data again", async () => {
    const volumes = await stack.volumes();
    await stack.setProfile(SMALL.replace("redis: { nodes: 1 }", "redis: false"));
    const dropped = await stack.up();
    expect(dropped.plan).toContainEqual(expect.objectContaining({ action: "remove-container" }));
    expect(Object.keys(await stack.seen()).toSorted()).toEqual(["pgbouncer", "postgres"]);
    expect(await stack.volumes()).toEqual(volumes);
    await stack.setProfile(SMALL);
    await stack.up();
    expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
    expect((await stack.up()).plan).toEqual([]);
  });
});

function others(seen: Readonly<Record<string, Seen>>, touched: string): readonly (readonly [string, Seen])[] {
  return Object.entries(seen).filter(([instance]) => instance !== touched);
}

async function addressOf(stack: Stack, instance: string): Promise<string | undefined> {
  const { NetworkSettings } = await stack.container(instance).inspect();
  return Object.values(NetworkSettings.Networks)[0]?.IPAddress;
}

/** Makes a container anew by hand: the same labels, image and volumes, with more rights and another address. */
async function giveMore(stack: Stack, instance: string): Promise<void> {
  const container = stack.container(instance);
  const inspection = await container.inspect();
  const { HostConfig, NetworkSettings } = inspection;
  await container.remove({ force: true, v: true });
  const [network = ""] = Object.keys(NetworkSettings.Networks);
  const bindings = Object.entries(NetworkSettings.Ports).map(([port, bound]) => {
    const HostPort = bound[0]?.HostPort ?? "";
    return [port, ["127.0.0.1", "127.0.0.2"].map((HostIp) => ({ HostIp, HostPort }))] as const;
  });
  const made = await stack.docker.createContainer({
    ...definedAs(inspection),
    HostConfig: {
      ...HostConfig,
      CapAdd: [...z.array(z.string()).parse(HostConfig.CapAdd), "SYS_PTRACE"],
      CapDrop: [],
      PidsLimit: 0,
      Ulimits: [],
      Binds: [...(HostConfig.Binds ?? []), "/proc:/machine:ro"],
      PortBindings: Object.fromEntries(bindings),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [instance] } } },
  });
  await made.start();
}

/** A container of somebody else that takes the first free address of the stack's network. */
async function squat(stack: Stack) {
  const { Image } = await stack.container("redis-1").inspect();
  const container = await stack.docker.createContainer({
    Image,
    Entrypoint: ["sleep", "120"],
    Cmd: [],
    HostConfig: { NetworkMode: `${stack.project}-data` },
  });
  await container.start();
  return container;
}
