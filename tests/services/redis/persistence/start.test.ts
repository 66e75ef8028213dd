import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { START_SCRIPT } from "../../../../stack/services/redis/persistence/start.ts";

const run = promisify(execFile);

/** 1 January 2026. */
const THEN = 1_767_225_600;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-redis-start-"));
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "start.sh"), START_SCRIPT);
  await writeFile(join(folder, "server.conf"), "");
  // Notes how a server is started, and that it does not start: the decision alone is looked at here.
  const entry = join(folder, "plumbline-entrypoint");
  await writeFile(entry, `#!/bin/sh\necho "$@" >> '${join(folder, "started")}'\n`);
  await chmod(entry, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Begun at a second: the header that Redis 8.0 writes, with that in it. */
async function dump(begun: number): Promise<void> {
  const time = Buffer.alloc(4);
  time.writeUInt32LE(begun);
  const head = "REDIS0012\u00fa\u0009redis-ver\u00058.0.4\u00fa\u000aredis-bits\u00c0\u0040\u00fa\u0005ctime\u00c2";
  const content = Buffer.concat([Buffer.from(head, "latin1"), time, Buffer.from([0xfa, 8, 1, 2, 3, 0xff])]);
  await writeFile(join(folder, "data", "dump.rdb"), content);
}

async function log(
  written: number,
  names: readonly string[] = ["appendonly.aof.manifest", "appendonly.aof.1.incr.aof"],
) {
  await mkdir(join(folder, "data", "appendonlydir"));
  for (const name of names) {
    const path = join(folder, "data", "appendonlydir", name);
    await writeFile(path, "content");
    await utimes(path, written, written);
  }
}

/** How its first server was started, and what the script said. */
async function start(appendonly: "yes" | "no"): Promise<{ readonly first: string; readonly said: string }> {
  await writeFile(
    join(folder, "redis.conf"),
    `include server.conf\n\nappendonly ${appendonly}\ndatabases 20\nsave ""\n`,
  );
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const argv = [join(folder, "start.sh"), join(folder, "redis.conf"), join(folder, "data")];
  const said = await run("sh", argv, { env }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `${stdout}${stderr}`,
  );
  const started = await readFile(join(folder, "started"), "utf8").catch(() => "");
  return { first: started.split("\n")[0] ?? "", said };
}

const WRITES_LOG = /--databases 20 --appendonly no$/;
const WRITES_DUMP = /--databases 20 --appendonly yes$/;
const STARTS = /^redis-server \S+redis\.conf$/;

describe("a start with the log", () => {
  test.each([
    ["on an empty volume is a plain one", async (): Promise<void> => undefined, STARTS],
    ["that is there is a plain one", () => log(THEN), STARTS],
    ["writes it first if there is only a snapshot", () => dump(THEN), WRITES_LOG],
    ["reads it if it was written to after the snapshot was begun", () => both(THEN, THEN + 1), STARTS],
    ["reads it if both are of the same second", () => both(THEN, THEN), STARTS],
    ["writes it anew if a snapshot was begun after its last write", () => both(THEN + 1, THEN), WRITES_LOG],
    ["does not count the files of a log that was never finished", () => unfinished(), WRITES_LOG],
  ] as const)("%s", async (_, prepare, expected) => {
    await prepare();
    expect((await start("yes")).first).toMatch(expected);
  });

  test("must end, and touch nothing, if its manifest is missing", async () => {
    await log(THEN, ["appendonly.aof.1.incr.aof"]);
    await dump(THEN + 1);
    const { first, said } = await start("yes");
    expect(first).toBe("");
    expect(said).toMatch(/volume incomplete: .*appendonlydir holds files, but no manifest/);
  });
});

describe("a start without the log", () => {
  test.each([
    ["on an empty volume is a plain one", async (): Promise<void> => undefined, STARTS],
    ["with a snapshot is a plain one", () => dump(THEN), STARTS],
    ["writes a snapshot first if there is only a log", () => log(THEN), WRITES_DUMP],
    ["writes a new snapshot if the log was written to later", () => both(THEN, THEN + 1), WRITES_DUMP],
    ["reads a snapshot that was begun after the last write to the log", () => both(THEN + 1, THEN), STARTS],
  ] as const)("%s", async (_, prepare, expected) => {
    await prepare();
    expect((await start("no")).first).toMatch(expected);
  });
});

describe("a node that has not been one of a cluster", () => {
  test.each([
    ["has the databases of its keys looked at before it is one", () => log(THEN), /--appendonly yes$/],
    ["starts at once without keys", async (): Promise<void> => undefined, STARTS],
    [
      "does so only once",
      async () => {
        await log(THEN);
        await writeFile(join(folder, "data", "nodes.conf"), "x");
      },
      STARTS,
    ],
  ] as const)("%s", async (_, prepare, expected) => {
    await writeFile(join(folder, "server.conf"), "cluster-enabled yes\n");
    await prepare();
    expect((await start("yes")).first).toMatch(expected);
  });
});

test("data that cannot be brought into the other form must keep the server from starting", async () => {
  await dump(THEN);
  const { said } = await start("yes");
  expect(said).toContain("the data cannot be read; they were not changed");
  const started = await readFile(join(folder, "started"), "utf8");
  expect(started.trim().split("\n")).toHaveLength(1);
});

async function both(begun: number, written: number): Promise<void> {
  await dump(begun);
  await log(written);
}

async function unfinished(): Promise<void> {
  await dump(THEN);
  await log(THEN + 1, ["temp-appendonly.aof.incr"]);
}
