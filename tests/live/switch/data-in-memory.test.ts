/** Keys that would not fit what a changed profile gives their server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { redisCommand } from "../../support/live/clients.ts";
import { failureOf, startCli } from "../../support/live/cli.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const withOptions = (options: string) => REDIS_ONLY.replace("nodes: 1", `nodes: 1, policy: noeviction, ${options}`);
const LARGE = withOptions("settings: { maxmemory: 60mb }");
/** `hz` has no computed value: where it comes, the container is made anew. */
const SMALL_AND_NEW = withOptions("settings: { maxmemory: 10mb, hz: 20 }");
const LARGE_AND_NEW = withOptions("settings: { maxmemory: 60mb, hz: 20 }");
const VALUES = 20;

await describeStack("a stack with data in memory", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(LARGE);
    await stack.up();
    for (let index = 0; index < VALUES; index += 1)
      await redisCommand(stack, ["SET", `user:${index}`, "x".repeat(2 ** 20)]);
  });
  afterAll(() => stack.close());

  const planCheck = () =>
    startCli("plan", ["--stack", stack.name, "--profile", stack.profile, "--check", "--json"]).ended;

  test("must be refused a new container in which they do not fit, by plan --check and by up, with nothing changed", async () => {
    const before = await stack.seen();
    await stack.setProfile(SMALL_AND_NEW);
    expect(failureOf(await planCheck())).toMatchObject({ code: "NOT_CONVERGED", exitCode: 4 });
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "NOT_CONVERGED", exitCode: 4, done: [] });
    expect(error.what).toMatch(/^Redis' maxmemory cannot become .* now; nothing was changed$/);
    expect(await stack.seen()).toEqual(before);
  });

  test("must be given a new container in which they fit", async () => {
    await stack.setProfile(LARGE_AND_NEW);
    expect((await planCheck()).exitCode).toBe(6);
    const { plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("recreate-container");
    expect(await redisCommand(stack, ["DBSIZE"])).toBe(VALUES);
  });
});
