/** What Redis keeps on its volume, the log or a snapshot, must be read also after the profile asks for the other form. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCli } from "../../support/live/cli.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { execIn, logsOf } from "../../support/live/docker.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

type Form = "none" | "aof" | "rdb";

const profile = (persistence: Form, nodes: number, settings = "") => `
description: a store
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  redis: { nodes: ${nodes}, persistence: ${persistence}${settings} }
workload: { clients: 5 }
`;

await describeStack("the keys of a Redis", () => {
  let stack: Stack;
  let written = 0;
  beforeAll(async () => {
    stack = await makeStack(profile("rdb", 1));
    await stack.up();
  });
  afterAll(() => stack.close());

  const write = async () => {
    written += 1;
    await redisCommand(stack, ["SET", `key:${written}`, "kept"]);
  };
  const expectAll = async () => {
    const keys = Array.from({ length: written }, (_, index) => `key:${index + 1}`);
    expect(await redisCommand(stack, ["MGET", ...keys])).toEqual(keys.map(() => "kept"));
    expect((await stack.up()).plan).toEqual([]);
  };
  const down = async () => {
    const { exitCode } = await startCli("down", ["--stack", stack.name, "--profile", stack.profile]).ended;
    expect(exitCode).toBe(0);
  };

  // In this order: each begins with what the one before has left on the volume, and with a key more.
  test.each<Form>(["aof", "rdb", "aof", "none"])("are there when a stopped stack starts with %s", async (form) => {
    await write();
    await down();
    await stack.setProfile(profile(form, 1));
    await stack.up();
    await expectAll();
  });

  test("that a node without persistence was given go with its stop, and the written ones stay", async () => {
    await redisCommand(stack, ["SET", "volatile", "gone"]);
    await down();
    await stack.setProfile(profile("aof", 1));
    await stack.up();
    expect(await redisCommand(stack, ["EXISTS", "volatile"])).toBe(0);
    await expectAll();
  });

  test.each<Form>(["rdb", "aof"])("are there after a live change to %s and a kill", async (form) => {
    await write();
    await stack.setProfile(profile(form, 1));
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("apply-settings");
    await stack.container("redis-1").kill();
    await stack.up();
    await expectAll();
  });

  test.each<Form>(["rdb", "aof"])("are there if %s comes with a setting that takes a restart", async (form) => {
    await write();
    await stack.setProfile(profile(form, 1, `, settings: { io-threads: ${form === "rdb" ? 2 : 3} }`));
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("restart-container");
    await expectAll();
  });

  test("are there after a person has closed the log by hand, and up has opened it again", async () => {
    await redisCommand(stack, ["CONFIG", "SET", "appendonly", "no"]);
    await write();
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("apply-settings");
    await stack.container("redis-1").kill();
    await stack.up();
    await expectAll();
  });

  test("are there after a person has closed the log by hand, and a setting takes a restart", async () => {
    await redisCommand(stack, ["CONFIG", "SET", "appendonly", "no"]);
    await write();
    await stack.setProfile(profile("aof", 1, ", settings: { io-threads: 2 }"));
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toEqual(expect.arrayContaining(["save-data", "restart-container"]));
    await expectAll();
  });

  test("are there with the form that the server has, if its volume has both and no mark, as older ones", async () => {
    const shell = (script: string) => execIn(stack.container("redis-1"), ["sh", "-c", script]);
    await write();
    await shell("printf old >/data/dump.rdb; rm /data/.plumbline-persistence");
    await stack.setProfile(profile("rdb", 1, ", settings: { io-threads: 3 }"));
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("save-data");
    await expectAll();
    await stack.setProfile(profile("aof", 1));
    await stack.up();
    await expectAll();
  });

  test("are there if loading them lasts beyond the first look at the server, and one of them is named ctime", async () => {
    const fill =
      "for i = 1, 300000 do redis.call('SET', 'big:' .. i, redis.sha1hex(i) .. redis.sha1hex(i + 0.5) .. redis.sha1hex(-i)) end";
    await redisCommand(stack, ["CONFIG", "SET", "maxmemory", "0"]);
    await redisCommand(stack, ["EVAL", fill, "0"]);
    await redisCommand(stack, ["SET", "ctime", "kept"]);
    const size = await redisCommand(stack, ["DBSIZE"]);
    for (const form of ["rdb", "aof"] as const) {
      await down();
      await stack.setProfile(profile(form, 1));
      await stack.up();
      expect(await redisCommand(stack, ["DBSIZE"])).toBe(size);
      const loads = (await logsOf(stack.container("redis-1"), 400)).matchAll(
        /DB loaded from [^:]*: ([0-9.]+) seconds/g,
      );
      expect(Math.max(...[...loads].map(([, seconds]) => Number(seconds)))).toBeGreaterThan(0.1);
    }
    expect(await redisCommand(stack, ["GET", "ctime"])).toBe("kept");
    await redisCommand(stack, ["FLUSHALL"]);
    written = 0;
    expect((await stack.up()).plan).toEqual([]);
  });

  test.each<Form>(["rdb", "aof"])("are there after kills of the server during the live change to %s", async (form) => {
    await write();
    // A kill loses what no snapshot has, also without a change.
    if (form === "aof") await redisCommand(stack, ["SAVE"]);
    await stack.setProfile(profile(form, 1));
    for (const waitMs of [2500, 3000, 3500]) {
      const running = stack.begin(["--no-bench"]);
      await sleep(waitMs);
      await stack
        .container("redis-1")
        .kill()
        .catch(() => undefined);
      await running.ended;
    }
    await stack.up();
    await expectAll();
  });

  test("are there after a change that was cut off before its mark, which the next up completes", async () => {
    const shell = (script: string) => execIn(stack.container("redis-1"), ["sh", "-c", script]);
    await write();
    await shell("printf 'to-log alone\\n' > /data/.plumbline-persistence");
    const { plan } = await stack.up();
    expect(plan.map(({ cause }) => cause).join("\n")).toContain("complete the append-only log of redis-1");
    expect((await shell("cat /data/.plumbline-persistence")).stdout).toBe("log alone\n");
    await expectAll();
  });

  test("are not those of an old log that lies beside a snapshot", async () => {
    const shell = (script: string) => execIn(stack.container("redis-1"), ["sh", "-c", script]);
    await shell("cp -r /data/appendonlydir /data/old");
    await write();
    await stack.setProfile(profile("rdb", 1));
    await stack.up();
    // Copied without its times: it looks newer than the snapshot.
    await shell("cp -r /data/old /data/appendonlydir && rm -r /data/old");
    await down();
    await stack.setProfile(profile("aof", 1));
    await stack.up();
    await expectAll();
  });

  test("stay untouched on the volume if the snapshot cannot be read", async () => {
    await stack.setProfile(profile("rdb", 1));
    await stack.up();
    await redisCommand(stack, ["SAVE"]);
    const shell = async (script: string) => (await execIn(stack.container("redis-1"), ["sh", "-c", script])).stdout;
    await shell("rm -rf /data/appendonlydir; cp -p /data/dump.rdb /data/good; printf nonsense > /data/dump.rdb");
    await stack.container("redis-1").kill();
    await stack.setProfile(profile("aof", 1));
    const error = await stack.upFails();
    expect(error.code).toBe("SERVICE_EXITED");
    const archive = await stack.container("redis-1").getArchive({ path: "/data/dump.rdb" });
    let text = "";
    for await (const chunk of archive) text += String(chunk);
    expect(text).toContain("nonsense");
  });
});

await describeStack("a Redis that stood alone", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(profile("aof", 1));
    await stack.up();
  });
  afterAll(() => stack.close());

  test("does not become a cluster while it has keys in other databases, which would be mixed into the first", async () => {
    await redisCommand(stack, ["SET", "b", "kept"]);
    await redisCommand(stack, ["SET", "a", "kept"]);
    await redisCommand(stack, ["MOVE", "a", "3"]);
    await redisCommand(stack, ["SET", "a", "another"]);
    await stack.setProfile(profile("aof", 3));
    const error = await stack.upFails();
    expect(error.what).toMatch(/keys in databases other than 0/);

    await stack.setProfile(profile("aof", 1));
    await stack.up();
    expect(await redisCommand(stack, ["GET", "a"])).toBe("another");
    await redisCommand(stack, ["SWAPDB", "0", "3"]);
    expect(await redisCommand(stack, ["GET", "a"])).toBe("kept");
  });

  test("keeps its keys when it becomes one", async () => {
    await redisCommand(stack, ["FLUSHALL"]);
    const keys = ["a", "b", "c"];
    for (const key of keys) await redisCommand(stack, ["SET", key, "kept"]);
    await stack.setProfile(profile("aof", 3));
    await stack.up();
    for (const key of keys) expect(await redisCommand(stack, ["GET", key])).toBe("kept");
    expect((await stack.up()).plan).toEqual([]);
  });
});

await describeStack("the keys of a Redis cluster", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(profile("rdb", 3));
    await stack.up();
  });
  afterAll(() => stack.close());

  test("are named by their volumes while the profile has one node, and are there with three again", async () => {
    await redisCommand(stack, ["SET", "a", "kept"], 2);
    await stack.setProfile(profile("rdb", 1));
    const { notes } = await stack.up();
    expect(notes.join("\n")).toContain(`redis does not serve what ${stack.project}-redis-2-data and`);
    await stack.setProfile(profile("rdb", 3));
    expect((await stack.up()).notes.join("\n")).not.toContain("does not serve");
    expect(await redisCommand(stack, ["GET", "a"], 2)).toBe("kept");
  });

  test("are not mixed with those of other databases that the node got while it stood alone", async () => {
    await stack.setProfile(profile("rdb", 1));
    await stack.up();
    await redisCommand(stack, ["SET", "b", "kept"]);
    await redisCommand(stack, ["SET", "b2", "other"]);
    await redisCommand(stack, ["MOVE", "b2", "3"]);
    await stack.setProfile(profile("rdb", 3));
    const error = await stack.upFails();
    expect(error.what).toMatch(/keys in databases other than 0/);
    await stack.setProfile(profile("rdb", 1));
    await stack.up();
    await redisCommand(stack, ["SWAPDB", "0", "3"]);
    await redisCommand(stack, ["FLUSHDB"]);
    await redisCommand(stack, ["SWAPDB", "0", "3"]);
    await stack.setProfile(profile("rdb", 3));
    await stack.up();
    expect(await redisCommand(stack, ["GET", "b"], 0)).toBe("kept");
  });

  test("are there when the stopped cluster starts with the log, and again without it", async () => {
    // Of the slots of node 1, 2 and 3.
    const keys = ["b", "c", "a"];
    for (const [node, key] of keys.entries()) await redisCommand(stack, ["SET", key, "kept"], node);
    for (const form of ["aof", "rdb"] as const) {
      await startCli("down", ["--stack", stack.name, "--profile", stack.profile]).ended;
      await stack.setProfile(profile(form, 3));
      await stack.up();
      for (const [node, key] of keys.entries()) expect(await redisCommand(stack, ["GET", key], node)).toBe("kept");
      expect((await stack.up()).plan).toEqual([]);
    }
  });
});
