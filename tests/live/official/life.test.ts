/** Stacks of images that behave like the official ones: their first start, kills, `down` and `switch`. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCli } from "../../support/live/cli.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { digest, plant } from "../../support/live/user-data.ts";
import { OFFICIAL, officialImages } from "../../support/official/images.ts";

const NARROW = "extends: dev\ndescription: every service\n";
const WIDE = "extends: dev\ndescription: every service, with more room\nmachine: { memory: 10 GiB }\n";
const FROM_REGISTRY = ["--images", "registry"];

await describeStack("a stack of official images", () => {
  let stack: Stack;
  let data: Awaited<ReturnType<typeof digest>>;

  beforeAll(async () => {
    await officialImages(["postgres", "mysql", "redis", "rabbitmq", "pgbouncer"]);
    stack = await makeStack(NARROW, { env: OFFICIAL });
  });
  afterAll(() => stack.close());

  const again = async () => {
    expect((await stack.up(FROM_REGISTRY)).plan).toEqual([]);
    expect(await digest(stack)).toEqual(data);
  };

  test("comes up from nothing, with every setting read back", async () => {
    const { proof } = await stack.up(FROM_REGISTRY);
    expect(proof).toMatchObject({ containers: 7 });
    await plant(stack);
    data = await digest(stack);
    await again();
  });

  test("has its data after each server was killed", async () => {
    for (const instance of ["postgres", "mysql", "redis-1", "redis-2", "redis-3", "rabbitmq", "pgbouncer"])
      await stack.container(instance).kill();
    await stack.up(FROM_REGISTRY);
    await again();
  });

  test("has its data after down", async () => {
    expect((await startCli("down", ["--stack", stack.name, "--yes"]).ended).exitCode).toBe(0);
    await stack.up(FROM_REGISTRY);
    await again();
  });

  test("has its data after a switch to more room", async () => {
    await stack.setProfile(WIDE);
    const args = ["--stack", stack.name, "--no-bench", "--yes", "--json", ...FROM_REGISTRY];
    const ended = await startCli("switch", [stack.profile, ...args], OFFICIAL).ended;
    expect(ended.exitCode, ended.stderr).toBe(0);
    await again();
  });
});
