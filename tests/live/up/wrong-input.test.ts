import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, startCli } from "../../support/live/cli.ts";
import { REDIS_ONLY, SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const FIVE_MISTAKES = `description: wrong
machine:
  cpus: none
  memory: 12 parsecs
services:
  redis: { nodes: 2 }
  postgresql: true
workload:
  clients: 0
`;

await describeStack("up with something wrong", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
  });
  afterAll(() => stack.close());

  test.each([
    ["an unknown profile", ["--profile", "no-such"], "PROFILE_UNKNOWN", /no-such/, /YAML file/],
    ["an unknown flag", ["--bogus"], "WRONG_USAGE", /--bogus/, /--help/],
    ["a flag's wrong value", ["--images", "cloud"], "WRONG_USAGE", /cloud.*auto, registry, debian/, /--help/],
    ["an argument too many", ["dev", "qa"], "WRONG_USAGE", /too many arguments/, /--help/],
    ["an unknown runtime", ["--runtime", "podman"], "WRONG_USAGE", /podman/, /--runtime/],
    ["a name that cannot be a stack's", ["--stack", "No_Good"], "WRONG_USAGE", /No_Good/, /lower-case/],
    ["a service that the profile lacks", ["--only", "mysql"], "WRONG_USAGE", /mysql/, /redis/],
  ])("refuses %s with exit code 2, says how to fix it, and changes nothing", async (_, args, code, what, fix) => {
    const error = await stack.upFails(args);
    expect(error).toMatchObject({ code, exitCode: 2, processExitCode: 2, done: [] });
    expect(error.what).toMatch(what);
    expect(error.why).not.toBe("");
    expect(error.fix).toMatch(fix);
    expect(await stack.traces()).toEqual([]);
  });

  test("lists every mistake of a profile at once, each with its place", async () => {
    await stack.setProfile(FIVE_MISTAKES);
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "PROFILE_INVALID", exitCode: 2, processExitCode: 2 });
    const place = (line: number, column: number) => `${stack.profile}:${line}:${column}`;
    for (const at of [place(3, 9), place(4, 11), place(6, 19), place(7, 3), place(9, 12)])
      expect(error.why).toContain(at);
    expect(await stack.traces()).toEqual([]);
  });

  test("names what to drop when the machine's memory cannot hold the services", async () => {
    await stack.setProfile(SMALL.replace("memory: 2 GiB", "memory: 1 GiB").replace("redis:", "mysql: true\n  redis:"));
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "BUDGET_IMPOSSIBLE", exitCode: 2, processExitCode: 2 });
    expect(error.fix).toMatch(/mysql|postgres/);
    expect(await stack.traces()).toEqual([]);
  });

  test("without an engine, and with none allowed to be installed, says so", async () => {
    await stack.setProfile(REDIS_ONLY);
    const error = await stack.upFails(["--no-provision", "--runtime", "engine"], {
      DOCKER_HOST: "unix:///tmp/no-such.sock",
    });
    expect(error).toMatchObject({ code: "NO_RUNTIME", exitCode: 1, processExitCode: 1 });
    expect(error.why).toContain("/tmp/no-such.sock");
    expect(error.fix).not.toBe("");
    expect(await stack.traces()).toEqual([]);
  });

  test("names what stands in the place of the stack's folder", async () => {
    await writeFile(stack.file(), "not a folder");
    const error = await stack.upFails();
    const left = await readFile(stack.file(), "utf8");
    await rm(stack.file());
    expect(error).toMatchObject({ code: "FILE_NOT_OURS", exitCode: 1, processExitCode: 1 });
    expect(error.what).toContain(stack.file());
    expect(left).toBe("not a folder");
  });

  test("without --json the same is text on stderr, and stdout is empty", async () => {
    const ended = await startCli("up", ["--stack", stack.name, "--profile", "no-such"]).ended;
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(/^PROFILE_UNKNOWN {2}.*no-such.*\n {2}why {2}\S.*\n {2}fix {2}\S/m);
    expect(ended.exitCode).toBe(2);
  });
});

await describeStack("up with a value that no server takes", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
    await stack.up();
  });
  afterAll(() => stack.close());

  test("names the value and its place before anything is done, and the running server stays as it is", async () => {
    const before = await stack.seen();
    await stack.setProfile(REDIS_ONLY.replace("nodes: 1", "nodes: 1, settings: { appendfsync: sometimes }"));
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "PROFILE_INVALID", exitCode: 2, processExitCode: 2 });
    expect(error.why).toMatch(/\.yaml:\d+:\d+: .*appendfsync.*sometimes/);
    expect(await stack.seen()).toEqual(before);
    await stack.setProfile(REDIS_ONLY);
    await stack.up();
    expect(await stack.seen()).toEqual(before);
  });
});

await describeStack("up with a port that somebody else has", () => {
  let stack: Stack;
  let server: Server;
  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(6379 + stack.offset, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    server.close();
    await stack.close();
  });

  test("names the port, the instance and the process, and changes nothing", async () => {
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "PORT_TAKEN", exitCode: 1, processExitCode: 1, done: [] });
    expect(error.why).toContain(`${6379 + stack.offset} (for redis-1)`);
    expect(error.why).toContain(`pid ${process.pid}`);
    expect(await stack.traces()).toEqual([]);
  });

  test("the port of a service that --only leaves out may be taken", async () => {
    await stack.setProfile(SMALL);
    const document = await stack.up(["--only", "postgres"]);
    expect(document.services.map(({ name }) => name)).toEqual(["postgres"]);
    const error = failureOf(await stack.run(["--no-bench"]));
    expect(error.code).toBe("PORT_TAKEN");
    expect(Object.keys(await stack.seen())).toEqual(["postgres"]);
  });
});
