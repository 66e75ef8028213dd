import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { passwordIds } from "../../support/live/clients.ts";
import { startCli, type Ended } from "../../support/live/cli.ts";
import { logsOf } from "../../support/live/docker.ts";
import { canSeeProcesses, watchCommandLines } from "../../support/live/processes.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const EVERY_SERVICE = `
extends: dev
description: every service
verification: { budget: 8 s }
`;

const MODE_BITS = 0o777;
const ALL_LINES = 100_000;

await describeStack("the credentials of a stack", () => {
  let stack: Stack;
  let secrets: readonly string[];
  let seen: ReadonlySet<string>;
  const runs: Ended[] = [];

  /** Where one of the passwords stands, in any spelling that is easily read back. */
  const revealed = (where: string, text: string): readonly string[] =>
    secrets.flatMap((secret) =>
      [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")]
        .filter((spelling) => text.includes(spelling))
        .map(() => `${where} holds ${secret}`),
    );

  beforeAll(async () => {
    stack = await makeStack(EVERY_SERVICE);
    const watched = await watchCommandLines(stack.run());
    seen = watched.seen;
    runs.push(watched.result);
    runs.push(await startCli("up", ["--stack", stack.name, "--profile", stack.profile, "--no-bench"]).ended);
    await stack.container("pgbouncer").stop();
    runs.push(await stack.run(["--no-bench"]));
    const names = await passwordIds(stack);
    secrets = await Promise.all(
      names.map(async (name) => (await readFile(stack.file("secrets", name), "utf8")).trim()),
    );
  });
  afterAll(() => stack.close());

  test("are many, long, and each its own", () => {
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(secrets.length).toBeGreaterThan(10);
    expect(new Set(secrets).size).toBe(secrets.length);
    for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(32);
  });

  test("are in files that only their owner can read, in a folder that only he can enter", async () => {
    expect((await stat(stack.file("secrets"))).mode & MODE_BITS).toBe(0o700);
    for (const name of await passwordIds(stack)) {
      expect([name, (await stat(stack.file("secrets", name))).mode & MODE_BITS]).toEqual([name, 0o600]);
    }
  });

  test("are in no output of the command line", () => {
    expect(
      runs.flatMap(({ stdout, stderr }) => [...revealed("stdout", stdout), ...revealed("stderr", stderr)]),
    ).toEqual([]);
  });

  test("are in no other file of the stack", async () => {
    const entries = await readdir(stack.file(), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/secrets"));
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files) {
      expect(revealed(name, await readFile(join(parentPath, name), "utf8"))).toEqual([]);
    }
  });

  test.runIf(canSeeProcesses)("are in no command line of any process while the stack comes up", () => {
    expect([...seen].some((line) => line.includes(stack.name))).toBe(true);
    expect(revealed("a command line", [...seen].join("\n"))).toEqual([]);
  });

  test("are in nothing that the engine tells of containers, volumes and networks, and in no log", async () => {
    for (const instance of Object.keys(await stack.seen())) {
      const container = stack.container(instance);
      expect(revealed(`inspect ${instance}`, JSON.stringify(await container.inspect()))).toEqual([]);
      expect(revealed(`log of ${instance}`, await logsOf(container, ALL_LINES))).toEqual([]);
      expect(revealed(`processes of ${instance}`, JSON.stringify(await container.top()))).toEqual([]);
    }
    for (const name of await stack.volumes()) {
      expect(revealed(name, JSON.stringify(await stack.docker.getVolume(name).inspect()))).toEqual([]);
    }
  });
});
