import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { execIn } from "../../support/live/docker.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const CLUSTER = `
description: a cluster
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  redis: { nodes: 3 }
workload: { clients: 5 }
`;

const KEYS = Array.from({ length: 60 }, (_, index) => `key:${index}`);

await describeStack("a Redis node that has lost its nodes.conf", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(CLUSTER);
    await stack.up();
    for (const key of KEYS) await cli(["set", key, `value of ${key}`]);
  });
  afterAll(() => stack.close());

  const shell = async (instance: string, script: string) =>
    (await execIn(stack.container(instance), ["sh", "-c", script])).stdout;
  /** Asks the node that has the key, as each says where that is. */
  const cli = async (command: readonly string[]): Promise<string> => {
    const password = (await readFile(stack.file("secrets", "redis.admin"), "utf8")).trim();
    for (const instance of ["redis-1", "redis-2", "redis-3"]) {
      const login = ["--user", "admin", "--no-auth-warning"];
      const argv = ["env", `REDISCLI_AUTH=${password}`, "redis-cli", ...login, ...command];
      const { stdout } = await execIn(stack.container(instance), argv);
      if (!stdout.startsWith("MOVED")) return stdout.trim();
    }
    return "";
  };

  test.each([
    ["an empty one", ": > /data/nodes.conf"],
    ["none", "rm /data/nodes.conf"],
    ["half of one", "head -c 100 /data/nodes.conf > /data/half && cat /data/half > /data/nodes.conf"],
  ])("and finds %s gets its slots back, with all its keys", async (_, spoil) => {
    await shell("redis-2", spoil);
    await stack.container("redis-2").kill();
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action }) => action)).toContain("start-container");
    const found = await Promise.all(KEYS.map((key) => cli(["get", key])));
    expect(found).toEqual(KEYS.map((key) => `value of ${key}`));
    expect((await stack.up()).plan).toEqual([]);
  });
});
