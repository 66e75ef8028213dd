/** A server that the kernel ends in the middle of a measurement. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytes, formatBytes } from "../../stack/core/units.ts";
import { failureOf, startCli } from "../support/live/cli.ts";
import { redisCommand } from "../support/live/clients.ts";
import { REDIS_ONLY } from "../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../support/live/stack.ts";

/** Values of a megabyte, as many as twice its limit of memory holds. */
const FILL = "for i = 1, 600 do redis.call('SET', 'fill' .. i, string.rep('x', 1048576)) end";

await describeStack("a server that takes more memory than its limit while it is measured", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
    await stack.up();
  });
  afterAll(() => stack.close());

  test("makes the run fail, and the memory limit is named as the cause", async () => {
    const { HostConfig } = await stack.container("redis-1").inspect();
    const limit = formatBytes(bytes(HostConfig.Memory ?? 0));
    const bench = startCli("bench", ["--stack", stack.name, "--profile", stack.profile, "--duration", "30", "--json"]);
    await bench.says(/Smoke benchmarks \(/);
    await redisCommand(stack, ["CONFIG", "SET", "maxmemory", "0"]);
    await redisCommand(stack, ["EVAL", FILL, "0"]).catch(() => undefined); // its connection ends with the server
    const ended = await bench.ended;
    const error = failureOf(ended);
    expect(ended.exitCode).toBe(1);
    expect(error.code).toBe("BENCH_FAILED");
    expect(error.what).toContain("likely cause: memory limit");
    expect(JSON.stringify(error.details)).toContain(`the limit of ${limit} of redis-1 made the kernel end`);
  });

  test("is started again by up", async () => {
    const [action, ...others] = changesIn((await stack.up()).plan);
    expect(action).toMatchObject({ action: "start-container" });
    expect(action?.cause).toContain("memory");
    expect(others).toEqual([]);
    expect((await stack.up()).plan).toEqual([]);
  });
});
