import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { failureOf, startCli, successOf, type Running } from "../../support/live/cli.ts";
import { redisCommand, sql } from "../../support/live/clients.ts";
import { canSeeProcesses, commandLines } from "../../support/live/processes.ts";
import { REDIS_ONLY, SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

/** Moments of a run, in their order, each told by what it leaves behind or says. */
const MOMENTS: readonly (readonly [string, (stack: Stack, running: Running) => Promise<void>])[] = [
  ["once it has the lock", (stack, run) => run.reaches("lock", () => existsSync(stack.file("lock")))],
  ["while it makes credentials", (stack, run) => run.reaches("secret", () => existsSync(stack.file("secrets")))],
  ["while it writes conf files", whenFilesAreWritten],
  [
    "while a container is made",
    (stack, run) => run.reaches("container", async () => "redis-1" in (await stack.seen())),
  ],
  [
    "once a server runs",
    (stack, run) => run.reaches("server", async () => (await stack.seen())["redis-1"]?.state === "running"),
  ],
  ["once everything works", (_, run) => run.says(/wait for redis \(/)],
  ["while it measures", (stack, run) => benchmarksRun(stack, run)],
];

await describeStack("a run of up that is ended before its end", () => {
  let stack: Stack;
  afterEach(() => stack.close());

  test.each([
    ["SIGINT", "while containers are made", whenFilesAreWritten],
    ["SIGINT", "while services are waited for", (_: Stack, run: Running) => run.says(/start postgres, .*\(/)],
    ["SIGINT", "while it measures", benchmarksRun],
    ["SIGTERM", "while it measures", benchmarksRun],
  ] as const)(
    "by %s %s: ends with 130, says what was done, leaves nothing running, and the next up completes",
    async (signal, _, moment) => {
      stack = await makeStack(SMALL);
      const running = stack.begin();
      await moment(stack, running);
      running.signal(signal);
      const ended = await running.ended;
      const error = failureOf(ended);
      expect(error).toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
      expect(ended.exitCode).toBe(130);
      expect(error.done).toContainEqual(expect.objectContaining({ action: "write-file" }));
      expect(ended.stderr).not.toContain("    at "); // no stack trace
      expect(ended.stderr).not.toContain("docker compose up failed");
      if (canSeeProcesses) expect((await commandLines()).filter((line) => line.includes(stack.name))).toEqual([]);
      expect(await lockFiles(stack)).toEqual([]);
      if (/Smoke/.test(ended.stderr)) expect(await benchmarkData(stack)).toEqual({ keys: 0, schemas: [] });

      expect((await stack.up()).proof.containers).toBe(3);
      expect((await stack.up()).plan).toEqual([]);
    },
  );

  test("by SIGINT, as text: what it did stands below the reason", async () => {
    stack = await makeStack(REDIS_ONLY);
    const running = startCli("up", ["--stack", stack.name, "--profile", stack.profile]);
    await running.says(/Smoke benchmarks \(/);
    running.signal("SIGINT");
    const ended = await running.ended;
    expect(ended).toMatchObject({ exitCode: 130, stdout: "" });
    expect(ended.stderr).toMatch(/^INTERRUPTED {2}\S.*\n {2}why {2}\S.*\n {2}fix {2}\S.*\nDone before: .*redis-1/m);
  });

  test.each(MOMENTS)(
    "by SIGKILL %s: its lock is taken over, and the next up completes and is proved",
    async (_, moment) => {
      stack = await makeStack(REDIS_ONLY);
      const running = stack.begin();
      await moment(stack, running);
      running.signal("SIGKILL");
      expect((await running.ended).exitCode).toBe(137);
      expect(await lockFiles(stack)).not.toEqual([]);

      expect((await stack.up()).proof).toMatchObject({ containers: 1 });
      expect((await stack.up()).plan).toEqual([]);
      expect(await lockFiles(stack)).toEqual([]);
    },
  );

  test("by SIGKILL while it measures: the next measurement removes what the benchmarks left", async () => {
    stack = await makeStack(SMALL);
    const running = stack.begin();
    await benchmarksRun(stack, running);
    running.signal("SIGKILL");
    await running.ended;
    expect(await benchmarkData(stack)).not.toEqual({ keys: 0, schemas: [] });

    const document = successOf(await stack.run());
    expect(document.results?.run.scenarios.length).toBeGreaterThan(0);
    expect(await benchmarkData(stack)).toEqual({ keys: 0, schemas: [] });
  });
});

function whenFilesAreWritten(stack: Stack, running: Running): Promise<void> {
  return running.reaches("compose.yaml", () => existsSync(stack.file("compose.yaml")));
}

/** The benchmarks have made data of their own. */
async function benchmarksRun(stack: Stack, running: Running): Promise<void> {
  await running.says(/Smoke benchmarks \(/);
  await running.reaches("benchmark data", async () => (await benchmarkData(stack)).keys > 0);
}

async function benchmarkData(stack: Stack) {
  const keys = Number(await redisCommand(stack, ["DBSIZE"]));
  const hasDatabase = "postgres" in (await stack.seen());
  const query =
    "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('public', 'information_schema')";
  const rows = hasDatabase ? await sql(stack, query, { database: "plumbline_bench" }) : [];
  return { keys, schemas: rows.map(({ nspname }) => nspname) };
}

async function lockFiles(stack: Stack): Promise<readonly string[]> {
  return (await readdir(stack.file())).filter((name) => name.startsWith("lock"));
}
