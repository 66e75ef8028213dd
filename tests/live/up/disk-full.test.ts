import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../../support/live/cli.ts";
import { sql } from "../../support/live/clients.ts";
import { docker as local } from "../../support/live/docker.ts";
import { commandLines } from "../../support/live/processes.ts";
import { openSmallEngine, type SmallEngine } from "../../support/live/small-engine.ts";
import { POSTGRES_ONLY, REDIS_ONLY } from "../../support/live/profiles.ts";
import { makeStack, type Stack } from "../../support/live/stack.ts";

const DISK_MIB = 1024;
/** Too little for any layer of a recipe. */
const NO_ROOM_MIB = 4;
/** Enough for the engine to make a container, too little for a new cluster of PostgreSQL: some 60 MiB. */
const NO_ROOM_FOR_DATA_MIB = 24;

const engine = await openSmallEngine(DISK_MIB);
const bases = (await local.listImages().catch(() => []))
  .flatMap(({ RepoTags }) => RepoTags ?? [])
  .filter((tag) => tag.startsWith("plumbline/base:"));
const canBuild = bases.length > 0;
if (!canBuild) process.stderr.write("disk-full.test.ts builds nothing: no base image was made on this computer yet\n");

const title = "up on an engine of its own, with a small disk";
if ("reason" in engine) {
  process.stderr.write(`skipped: ${title}: ${engine.reason}\n`);
  test.skip(`${title} (${engine.reason})`);
} else describe(title, () => specification(engine));

function specification({ address, docker, copyImage, fill, empty, close }: SmallEngine): void {
  const stacks: Stack[] = [];
  const make = async (profile: string) => {
    const stack = await makeStack(profile, { env: { DOCKER_HOST: address }, docker });
    stacks.push(stack);
    return stack;
  };
  const tags = async () => (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).toSorted();
  let workFolders: readonly string[];
  beforeAll(() => {
    workFolders = readdirSync(tmpdir()).filter((name) => name.startsWith("plumbline-images-"));
  });
  afterAll(async () => {
    for (const stack of stacks) await stack.close();
    await close();
  });

  test.runIf(canBuild)(
    "Ctrl-C while an image is made ends everything that makes it, and leaves no half of one",
    async () => {
      const stack = await make(REDIS_ONLY);
      const running = stack.begin(["--no-provision", "--images", "debian"]);
      await running.reaches("mmdebstrap runs", async () => (await builders()).length > 0);
      running.signal("SIGINT");
      const ended = await running.ended;
      expect(failureOf(ended)).toMatchObject({ code: "INTERRUPTED", exitCode: 130, done: [] });
      expect(ended.exitCode).toBe(130);
      expect(await builders()).toEqual([]);
      expect(await tags()).toEqual([]);
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith("plumbline-images-"))).toEqual(workFolders);
      expect(await stack.traces()).toEqual([]);
    },
  );

  test.runIf(canBuild)(
    "a disk that is full while an image is built is DISK_FULL, and no image is half there",
    async () => {
      for (const tag of bases) await copyImage(tag);
      const before = await tags();
      await fill(NO_ROOM_MIB);
      const stack = await make(REDIS_ONLY);
      const error = await stack.upFails(["--no-provision", "--images", "debian"]);
      await empty();
      expect(error).toMatchObject({ code: "DISK_FULL", exitCode: 1, processExitCode: 1, done: [] });
      expect(error.what).toMatch(/image|plumbline\/base/);
      expect(error.why).toMatch(/no space left|enough free space/i);
      expect(error.fix).toMatch(/make room/i);
      expect(await tags()).toEqual(before);
    },
  );

  test("a disk that is full while a database is made is DISK_FULL, and up completes once there is room", async () => {
    const other = await makeStack(POSTGRES_ONLY);
    stacks.push(other);
    await copyImage((await other.up()).services[0]?.image.reference ?? "");
    await other.close();
    const stack = await make(POSTGRES_ONLY);
    await fill(NO_ROOM_FOR_DATA_MIB);
    const error = await stack.upFails(["--no-provision"]);
    await empty();
    expect(error).toMatchObject({ code: "DISK_FULL", exitCode: 1, processExitCode: 1 });
    expect(error.why).toMatch(/no space left/i);
    expect(error.fix).toMatch(/space/i);

    expect((await stack.up(["--no-provision"])).proof.containers).toBe(1);
    expect(await sql(stack, "select 1 as one")).toEqual([{ one: 1 }]);
  });
}

async function builders(): Promise<readonly string[]> {
  return (await commandLines()).filter((line) => /mmdebstrap\b.*plumbline-images-/.test(line));
}
