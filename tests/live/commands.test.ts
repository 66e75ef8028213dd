import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { traceSchema } from "../../stack/core/results/start-up-trace.ts";
import { benchDocument, reportDocument } from "../../stack/report/documents/measurement.ts";
import {
  destroyDocument,
  doctorDocument,
  downDocument,
  envDocument,
  errorDocument,
  explainDocument,
  logsDocument,
  planDocument,
  statusDocument,
  upDocument,
} from "../../stack/report/documents/documents.ts";
import { PROJECT, startCli, type Ended } from "../support/live/cli.ts";
import { redisCommand, sql } from "../support/live/clients.ts";
import { SMALL } from "../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../support/live/stack.ts";
import { parseXml } from "../support/report/xml.ts";

/** One life of a small stack, from the first plan to nothing left; each test goes on where the one before ended. */
await describeStack("the commands, one after the other", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(SMALL);
  });
  afterAll(() => stack.close());

  const run = (command: string, ...args: readonly string[]): Promise<Ended> =>
    startCli(command, ["--stack", stack.name, "--profile", stack.profile, ...args]).ended;

  /** Runs with --json; the one document on stdout must have the command's own form. */
  async function json<Schema extends z.ZodType>(schema: Schema, command: string, ...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await run(command, "--json", ...args);
    const parsed = schema.safeParse(JSON.parse(stdout));
    if (!parsed.success) throw new Error(`${command}: ${parsed.error.message}\n${stdout}\n${stderr}`);
    return { exitCode, document: parsed.data };
  }

  test("plan --check ends with 6 before anything exists, and leaves nothing behind", async () => {
    const { exitCode, document } = await json(planDocument, "plan", "--check");
    expect(exitCode).toBe(6);
    expect(document.actions.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["write compose.yaml", "create postgres", "create pgbouncer", "create redis-1"]),
    );
    expect(await stack.traces()).toEqual([]);
  });

  test("what needs a stack that runs ends with STACK_DOWN, and status says down without failing", async () => {
    for (const command of ["verify", "bench", "logs", "env"]) {
      const { exitCode, document } = await json(errorDocument, command);
      expect([command, document.error.code, exitCode]).toEqual([command, "STACK_DOWN", 1]);
    }
    const { exitCode, document } = await json(statusDocument, "status");
    expect([exitCode, document.state]).toEqual([0, "down"]);
    expect(await stack.traces()).toEqual([]);
  });

  test("explain gives the values that up then uses", async () => {
    const { document } = await json(explainDocument, "explain", "postgres.shared_buffers");
    expect(document.explanations.map(({ setting }) => setting)).toEqual(["shared_buffers"]);
    await stack.up();
    const used = await sql(stack, "show shared_buffers");
    expect(used[0]?.["shared_buffers"]).toBe(document.explanations[0]?.value.replace(" MiB", "MB"));
  });

  test("plan --check ends with 0 once the stack is up, and verify proves it", async () => {
    const planned = await json(planDocument, "plan", "--check");
    expect([planned.exitCode, planned.document.actions]).toEqual([0, []]);
    const before = await stack.seen();
    const { exitCode, document } = await json(upDocument, "verify", "--no-bench");
    expect([exitCode, document.command, document.complete]).toEqual([0, "verify", true]);
    expect(document.proof.containers).toBe(3);
    expect(await stack.seen()).toEqual(before);
  });

  test("a start leaves its trace, also without benchmarks; where nothing is started there is none", async () => {
    const traces = () => glob(stack.file("results"), /^startup-trace-.*\.json$/);
    const [path = ""] = await traces();
    const trace = traceSchema.parse(JSON.parse(await readFile(path, "utf8")));
    expect(trace.services.map(({ service }) => service).toSorted()).toEqual(["pgbouncer", "postgres", "redis"]);
    for (const { createdMs = NaN, runningMs, firstAnswerMs, preparedMs, readyMs } of trace.services) {
      const times = [0, createdMs, runningMs, firstAnswerMs, preparedMs, readyMs];
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect((await stack.up()).files).toEqual([]);
    expect(await traces()).toEqual([path]);
  });

  test("status shows every service working, with the limits that the kernel has", async () => {
    const { document } = await json(statusDocument, "status");
    expect(document.state).toBe("up");
    for (const { name, works, limits, instances } of document.services) {
      expect([name, works]).toEqual([name, true]);
      for (const { effective } of instances) expect(effective?.memoryBytes).toBe(limits.memoryBytes);
    }
  });

  test("the URLs of env open the databases", async () => {
    const { variables } = (await json(envDocument, "env")).document;
    for (const name of ["POSTGRES_URL", "PGBOUNCER_URL"]) {
      expect(await answerAt(variables[name] ?? "")).toEqual([{ answer: 42 }]);
    }
    const { stdout } = await run("env");
    expect(stdout).toContain(`export REDIS_URL='${variables["REDIS_URL"]}'\n`);
  });

  test("logs gives the last lines of the services that are named", async () => {
    const { document } = await json(logsDocument, "logs", "redis", "--lines", "2");
    expect(document.instances.map(({ instance }) => instance)).toEqual(["redis-1"]);
    expect(document.instances[0]?.lines).toHaveLength(2);
    const { stdout, exitCode } = await run("logs", "postgres", "--lines", "5");
    expect([exitCode, /ready to accept connections/.test(stdout)]).toEqual([0, true]);
    expect(stdout).not.toContain("\u001B");
  });

  test("logs --follow ends cleanly when it is interrupted", async () => {
    const argv = ["scripts/bootstrap.mjs", "scripts/logs.ts", "--stack", stack.name, "--follow", "--lines", "1"];
    const following = spawn("node", argv, { cwd: PROJECT, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(following, "exit");
    await once(following.stdout, "data");
    following.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });

  test("verify ends with 4 and names what was changed by hand; up repairs it, and verify is content", async () => {
    await redisCommand(stack, ["CONFIG", "SET", "maxmemory", "12345678"]);
    const { exitCode, document } = await json(errorDocument, "verify", "--no-bench");
    expect([exitCode, document.error.code]).toEqual([4, "NOT_CONVERGED"]);
    expect(document.error.why).toMatch(/redis-1: maxmemory is 11\.8 MiB, wanted/);
    await stack.up();
    expect((await run("verify", "--no-bench")).exitCode).toBe(0);
  });

  test("verify finds a setting of the database that ALTER SYSTEM has put above the conf file", async () => {
    await sql(stack, "alter system set work_mem = '9MB'");
    await sql(stack, "select pg_reload_conf()");
    const { exitCode, document } = await json(errorDocument, "verify", "--no-bench");
    expect(exitCode).toBe(4);
    expect(document.error.why).toContain("work_mem is 9 MiB");
    await sql(stack, "alter system reset work_mem");
    await sql(stack, "select pg_reload_conf()");
    expect((await run("verify", "--no-bench")).exitCode).toBe(0);
  });

  test("switch to the profile that runs touches nothing and says so", async () => {
    const before = await stack.seen();
    const { exitCode, stdout } = await startCli("switch", [stack.profile, "--stack", stack.name, "--no-bench"]).ended;
    expect([exitCode, stdout.split("\n")[0]]).toEqual([
      0,
      `The stack has the profile ${stack.profile} already: nothing was touched.`,
    ]);
    expect(await stack.seen()).toEqual(before);
  });

  test("bench leaves its reports beside the results, and where a pipeline looks for them", async () => {
    const junit = stack.file("results", "junit.xml");
    const { document } = await json(benchDocument, "bench", "redis", "--junit", junit);
    expect(document.files.map((path) => extname(path))).toEqual([".json", ".txt", ".html", ".md", ".xml", ".xml"]);
    expect(document.files.every((path) => existsSync(path))).toBe(true);
    const [suite, ...others] = parseXml(await readFile(junit, "utf8")).children;
    expect([suite?.attributes["name"], others]).toEqual(["redis", []]);
    const page = document.files.find((path) => path.endsWith(".html")) ?? "";
    const html = await readFile(page, "utf8");
    expect(html).toContain(">Start-up</h2>");
    await rm(page);
    const again = await json(reportDocument, "report");
    expect(again.document.results).toBe(document.files[0]);
    expect(await readFile(page, "utf8")).toBe(html);
  });

  test("verify --until-decided ends as soon as nothing is undecided, long before its time is over", async () => {
    const { document } = await json(upDocument, "verify", "--until-decided", "90");
    const run = document.results?.run;
    expect(run?.plan.looks.slice(0, 4)).toEqual([6, 9, 12, 15]);
    expect(Object.keys(run?.plan.warmedMs ?? {})).toEqual(["postgres", "pgbouncer", "redis"]);
    expect(run?.elapsedS).toBeLessThan(45);
  });

  test("doctor finds nothing wrong with a stack that is up", async () => {
    const { exitCode, document } = await json(doctorDocument, "doctor");
    expect(document.checks.filter(({ status }) => status === "problem")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(document.checks.find(({ check }) => check === "volumes")?.found).toContain("2 of this stack");
  });

  test("down removes containers and network, also without the compose file, and keeps the data", async () => {
    await sql(stack, "create table kept (value text)", { database: "app" });
    await sql(stack, "insert into kept values ('still here')", { database: "app" });
    await rm(stack.file("compose.yaml"));
    const { document } = await json(downDocument, "down");
    expect(document.containers).toEqual(["pgbouncer", "postgres", "redis-1"]);
    expect(await stack.seen()).toEqual({});
    expect(await stack.volumes()).toEqual(document.volumes);
    expect((await stack.traces()).filter((trace) => trace.startsWith("network"))).toEqual([]);
    expect((await json(downDocument, "down")).document.containers).toEqual([]);
  });

  test("up finds the data again", async () => {
    await stack.up();
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
  });

  test("destroy asks first where nobody can answer, and removes nothing", async () => {
    const { exitCode, document } = await json(errorDocument, "destroy");
    expect([exitCode, document.error.code]).toEqual([5, "NEEDS_CONFIRMATION"]);
    for (const volume of await stack.volumes()) expect(document.error.what).toContain(volume);
    expect(Object.keys(await stack.seen())).toHaveLength(3);
  });

  test("destroy <service> removes the data of that service, and up makes it anew beside the others' data", async () => {
    await sql(stack, "create table beside as select 42 as answer");
    await redisCommand(stack, ["SET", "lost", "1"]);
    const { document } = await json(destroyDocument, "destroy", "redis", "--yes");
    expect(document.volumes.map(({ name }) => name)).toEqual([`${stack.project}-redis-1-data`]);
    expect([document.containers, document.networks, document.files]).toEqual([["redis-1"], [], []]);
    await stack.up();
    expect(await redisCommand(stack, ["EXISTS", "lost"])).toBe(0);
    expect(await sql(stack, "select answer from beside")).toEqual([{ answer: 42 }]);
  });

  test("destroy --yes removes everything that Plumbline made, and names what a person put there", async () => {
    const own = [stack.file("backup.sql"), stack.file("results", "junit.xml")]; // the second at a path given to --junit
    await writeFile(own[0] ?? "", "select 1;\n");
    const { document } = await json(destroyDocument, "destroy", "--yes", "--results");
    expect(document.volumes).toHaveLength(2);
    for (const path of own) {
      expect(document.notes.join("\n")).toContain(`${path} is kept`);
      expect(existsSync(path)).toBe(true);
    }
    expect(await stack.traces()).toEqual(["file backup.sql", "file results", "folder"]);
    for (const path of own) await rm(path);
    expect((await run("destroy", "--yes", "--results")).exitCode).toBe(0);
    expect(existsSync(stack.file())).toBe(false);
    const again = await json(destroyDocument, "destroy", "--yes");
    expect([again.exitCode, again.document.volumes, again.document.files]).toEqual([0, [], []]);
  });
});

async function glob(folder: string, pattern: RegExp): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => pattern.test(name)).map((name) => join(folder, name));
}

/** As a program does it that has read the URL from its environment. */
async function answerAt(connectionString: string): Promise<unknown> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows }: { readonly rows: readonly unknown[] } = await client.query("select 41 + 1 as answer");
    return rows;
  } finally {
    await client.end();
  }
}
