import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { passwordOf, redisCommand, sql } from "../../support/live/clients.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

await describeStack("up and a person's own files", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(SMALL);
    await stack.up();
  });
  afterAll(() => stack.close());

  test("a conf file whose signature line was removed is left alone, and that is said", async () => {
    const file = stack.file("conf", "redis-1", "redis.conf");
    const generated = await readFile(file, "utf8");
    const own = `# mine\n${generated.slice(generated.indexOf("\n") + 1)}`;
    await writeFile(file, own);
    const before = await stack.seen();
    const document = await stack.up();
    expect(document.plan).toEqual([]);
    expect(document.notes.join("\n")).toMatch(/conf\/redis-1\/redis\.conf.*is yours/);
    expect(await readFile(file, "utf8")).toBe(own);
    expect(await stack.seen()).toEqual(before);
    await writeFile(file, generated);
  });

  test("a conf file of one's own with another port: both ports and the file are named, and it is not waited for", async () => {
    const file = stack.file("conf", "redis-1", "redis.conf");
    const generated = await readFile(file, "utf8");
    await writeFile(file, `# mine\n${generated.slice(generated.indexOf("\n") + 1)}\nport 5999\n`);
    await stack.container("redis-1").restart();
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "SERVICE_NOT_READY", exitCode: 1 });
    expect(error.what).toBe("redis-1 listens on port 5999, and is asked on 6379");
    expect(error.why).toContain("conf/redis-1");
    // As the remedy says.
    await rm(file);
    const changes = changesIn((await stack.up()).plan);
    expect(changes.map(({ action }) => action)).toContain("restart-container");
    expect((await stack.up()).plan).toEqual([]);
  });

  test.each(["conf/redis-1/redis.conf", "tuning.env", "compose.yaml"])(
    "an edited %s is replaced, and the edited text is kept beside it",
    async (path) => {
      const generated = await readFile(stack.file(path), "utf8");
      const edited = `${generated}\n# one more line\n`;
      await writeFile(stack.file(path), edited);
      const before = await stack.seen();
      const document = await stack.up();
      expect(document.plan).toHaveLength(1);
      expect(document.plan[0]).toMatchObject({ action: "write-file", text: `write ${path}` });
      expect(document.plan[0]?.cause).toContain("edited by hand");
      expect(await readFile(stack.file(path), "utf8")).toBe(generated);
      expect(await readFile(`${stack.file(path)}.edited`, "utf8")).toBe(edited);
      expect(await stack.seen()).toEqual(before);
    },
  );

  test("something else in the place of a generated file is FILE_NOT_OURS, and stays", async () => {
    const place = stack.file("conf", "redis-1", "redis.conf.new");
    await mkdir(place);
    await rm(stack.file("conf", "redis-1", "redis.conf"));
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "FILE_NOT_OURS", exitCode: 1, processExitCode: 1 });
    expect(error.what).toContain("redis.conf");
    expect(existsSync(place)).toBe(true);
    await rm(place, { recursive: true });
    await stack.up();
  });

  test("a lost application credential is made anew, for the server and for its clients", async () => {
    const lost = await passwordOf(stack, "postgres.app");
    await rm(stack.file("secrets", "postgres.app"));
    await stack.up();
    expect(await passwordOf(stack, "postgres.app")).not.toBe(lost);
    for (const port of [5432, 6432]) {
      const options = { port, user: "app", database: "app", credential: "postgres.app" };
      expect(await sql(stack, "select 1 as one", options)).toEqual([{ one: 1 }]);
    }
  });

  test("lost credentials of data that exists are SECRETS_LOST, and nothing is changed", async () => {
    await redisCommand(stack, ["SET", "kept", "still here"]);
    const [before, volumes] = [await stack.seen(), await stack.volumes()];
    await rename(stack.file("secrets"), stack.file("elsewhere"));
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "SECRETS_LOST", exitCode: 1, processExitCode: 1, done: [] });
    expect(error.why).toContain(volumes[0]);
    expect(error.fix).toMatch(/restore|destroy/);
    expect(existsSync(stack.file("secrets"))).toBe(false);
    expect(await stack.seen()).toEqual(before);
    expect(await stack.volumes()).toEqual(volumes);
    await rename(stack.file("elsewhere"), stack.file("secrets"));
    expect((await stack.up()).plan).toEqual([]);
    expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
  });
});
