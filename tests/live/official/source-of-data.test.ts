/** Data that were made with one source of images, and the other source afterwards. */
import { afterEach, beforeAll, expect, test } from "vitest";
import { execa } from "execa";
import { openEngine } from "../../../stack/docker/engine.ts";
import { redisCommand, sql } from "../../support/live/clients.ts";
import { startCli } from "../../support/live/cli.ts";
import { POSTGRES_ONLY, REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { OFFICIAL, officialImages } from "../../support/official/images.ts";

const CLUSTER = REDIS_ONLY.replace("nodes: 1", "nodes: 3").replace("1 GiB", "2 GiB");
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const DEBIAN = ["--images", "debian"];
const REGISTRY = ["--images", "registry"];

await describeStack("a stack whose data were made with one source of images", () => {
  let stack: Stack;
  beforeAll(async () => {
    await officialImages(["postgres", "redis"]);
  });
  afterEach(() => stack.close());

  const down = async () => {
    expect((await startCli("down", ["--stack", stack.name, "--yes"]).ended).exitCode).toBe(0);
  };
  const imageOf = async (instance: string) => (await stack.container(instance).inspect()).Config.Image;

  test("keeps that source with a plain up, although the other one comes first", async () => {
    stack = await makeStack(REDIS_ONLY, { env: OFFICIAL });
    await stack.up(DEBIAN);
    const built = await imageOf("redis-1");
    await redisCommand(stack, ["SET", "kept", "still here"]);
    expect((await stack.up()).plan).toEqual([]);
    await down();
    await stack.up();
    expect(await imageOf("redis-1")).toBe(built);
    expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
  });

  test("is not given to an older version, and the plan says so before anything is touched", async () => {
    stack = await makeStack(POSTGRES_ONLY, { env: OFFICIAL });
    await stack.up(DEBIAN);
    await sql(stack, "create table kept as select 'still here' as value", { database: "app" });
    const engine = await openEngine(ADDRESS);
    const volume = `${stack.project}-postgres-data`;
    const { source, version } = (await engine.writtenBy.all(stack.project)).get(volume) ?? {};
    expect(source).toBe("debian");
    // As a later release of PostgreSQL would have left it.
    await engine.writtenBy.note(stack.project, volume, { source: "debian", version: "19.1" });
    const before = await stack.seen();
    const error = await stack.upFails(REGISTRY);
    expect(error).toMatchObject({ code: "VOLUME_INCOMPATIBLE", processExitCode: 1 });
    expect(error.why).toContain(`${volume} was written by 19.1`);
    expect(error.fix).toContain(`docker exec ${stack.project}-postgres pg_dumpall`);
    expect(await stack.seen()).toEqual(before);
    const planned = await startCli("plan", ["--stack", stack.name, "--profile", stack.profile, ...REGISTRY], OFFICIAL)
      .ended;
    expect(planned.stderr).toContain("VOLUME_INCOMPATIBLE");

    await engine.writtenBy.note(stack.project, volume, { source: "debian", version: version ?? "" });
    await stack.up(REGISTRY);
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
  });

  test("of a Redis cluster goes to the registry's image by the commands that the refusal names", async () => {
    stack = await makeStack(CLUSTER, { env: OFFICIAL });
    await stack.up(DEBIAN);
    const error = await stack.upFails(REGISTRY);
    expect(error).toMatchObject({ code: "VOLUME_INCOMPATIBLE" });
    const commands = [...error.fix.matchAll(/docker run .*? && docker volume rm \S+written-by/g)].map(([text]) => text);
    expect(commands).toHaveLength(3);
    await down();
    for (const command of commands) await execa("sh", ["-ec", command]);
    await stack.up(REGISTRY);
    expect(await imageOf("redis-1")).toContain("official.invalid");
    await stack.up([...DEBIAN]);
    expect(await imageOf("redis-1")).toContain("plumbline/redis");
  });

  test("forgets who wrote a volume with the volume", async () => {
    stack = await makeStack(REDIS_ONLY, { env: OFFICIAL });
    await stack.up(DEBIAN);
    const engine = await openEngine(ADDRESS);
    expect([...(await engine.writtenBy.all(stack.project)).keys()]).toEqual([`${stack.project}-redis-1-data`]);
    await startCli("destroy", ["--stack", stack.name, "--yes"]).ended;
    expect((await engine.writtenBy.all(stack.project)).size).toBe(0);
    const { Volumes } = await stack.docker.listVolumes({ filters: { name: [stack.project] } });
    expect(Volumes).toEqual([]);
  });
});
