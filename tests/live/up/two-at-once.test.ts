import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { successOf } from "../../support/live/cli.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

await describeStack("two runs of up at once", () => {
  let first: Stack;
  let second: Stack;
  beforeAll(async () => {
    first = await makeStack(REDIS_ONLY);
    second = await makeStack(REDIS_ONLY);
  });
  afterAll(async () => {
    await first.close();
    await second.close();
  });

  test("on two stacks both succeed, and each has its own data", async () => {
    const [one, other] = await Promise.all([first.up(), second.up()]);
    expect([one.proof.containers, other.proof.containers]).toEqual([1, 1]);
    await redisCommand(first, ["SET", "whose", "first"]);
    expect(await redisCommand(second, ["GET", "whose"])).toBeNull();
  });

  test("on one stack the second fails at once and names the first, which is not disturbed", async () => {
    const running = first.begin();
    await running.reaches("lock", () => existsSync(first.file("lock")));
    const error = await first.upFails();
    expect(error).toMatchObject({ code: "STACK_BUSY", exitCode: 1, processExitCode: 1, details: { pid: running.pid } });
    expect(error.why).toContain(`process ${running.pid} (up)`);
    expect(error.fix).toContain(`kill ${running.pid}`);
    expect(existsSync(first.file("lock"))).toBe(true);
    const document = successOf(await running.ended);
    expect(document.plan).toEqual([]);
    expect(existsSync(first.file("lock"))).toBe(false);
  });

  test("several that find the lock of a dead run: one takes it over, the others name it", async () => {
    const running = first.begin();
    await running.reaches("lock", () => existsSync(first.file("lock")));
    running.signal("SIGKILL");
    await running.ended;
    const ended = await Promise.all([1, 2, 3].map(() => first.run(["--no-bench"])));
    const codes = ended.map(({ exitCode }) => exitCode);
    expect(codes.filter((code) => code === 0).length).toBeGreaterThan(0);
    for (const { exitCode, stdout } of ended) if (exitCode !== 0) expect(stdout).toContain('"STACK_BUSY"');
    expect(existsSync(first.file("lock"))).toBe(false);
  });
});
