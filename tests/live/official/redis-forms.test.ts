/** A changed form of Redis's data, with an image that behaves like the official one: another user, another entry point. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCli } from "../../support/live/cli.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { OFFICIAL, officialImages } from "../../support/official/images.ts";

const profile = (persistence: "aof" | "rdb") => `
description: a store
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  redis: { nodes: 1, persistence: ${persistence} }
workload: { clients: 5 }
`;
const FROM_REGISTRY = ["--images", "registry"];

await describeStack("the keys of a Redis of the official image", () => {
  let stack: Stack;
  beforeAll(async () => {
    await officialImages(["redis"]);
    stack = await makeStack(profile("rdb"), { env: OFFICIAL });
    await stack.up(FROM_REGISTRY);
    await redisCommand(stack, ["SET", "key", "kept"]);
  });
  afterAll(() => stack.close());

  test.each(["aof", "rdb"] as const)("are there when it starts with %s", async (form) => {
    await startCli("down", ["--stack", stack.name, "--profile", stack.profile]).ended;
    await stack.setProfile(profile(form));
    await stack.up(FROM_REGISTRY);
    expect(await redisCommand(stack, ["GET", "key"])).toBe("kept");
    expect((await stack.up(FROM_REGISTRY)).plan).toEqual([]);
  });

  test.each(["aof", "rdb"] as const)("are there after a live change to %s and a kill", async (form) => {
    await stack.setProfile(profile(form));
    const { plan } = await stack.up(FROM_REGISTRY);
    expect(plan.map(({ action }) => action)).toContain("apply-settings");
    await stack.container("redis-1").kill();
    await stack.up(FROM_REGISTRY);
    expect(await redisCommand(stack, ["GET", "key"])).toBe("kept");
    expect((await stack.up(FROM_REGISTRY)).plan).toEqual([]);
  });
});
