import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ERROR_CODES } from "../../stack/core/errors.ts";
import { documents, errorDocument } from "../../stack/report/documents/documents.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const COMMANDS = Object.keys(documents).filter((name) => name !== "error");

/** Without a terminal, as in a pipeline. */
function run(command: string, ...args: readonly string[]) {
  return runWith({}, command, ...args);
}

function runWith(env: Readonly<Record<string, string>>, command: string, ...args: readonly string[]) {
  return execa("node", ["scripts/bootstrap.mjs", `scripts/${command}.ts`, ...args], {
    cwd: PROJECT,
    env,
    reject: false,
    stdin: "ignore",
    timeout: TIMEOUT_MS,
  });
}

/** A whole line, for what only a shell can do to the streams of a command. */
function shell(line: string) {
  return execa("bash", ["-o", "pipefail", "-c", line], { cwd: PROJECT, reject: false, stdin: "ignore" });
}

/** A process each, on a machine that may be busy with others. */
const TIMEOUT_MS = 60_000;

describe("every command", { timeout: TIMEOUT_MS }, () => {
  test.for(COMMANDS)("%s --help names the command, what it does and the common flags", async (command) => {
    const { exitCode, stdout, stderr } = await run(command, "--help");
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`Usage: npm run ${command} --`);
    for (const flag of ["--profile", "--runtime", "--stack", "--json", "--yes", "--help"])
      expect(stdout).toContain(flag);
  });

  test.for(["verify", "up", "switch", "bench"])("%s --help tells of --until-decided", async (command) => {
    expect((await run(command, "--help")).stdout).toMatch(/--until-decided <seconds>\s+measure on while/);
  });

  test.for(["up", "status", "destroy"])(
    "%s refuses a flag that it does not know, as one JSON document",
    async (command) => {
      const { exitCode, stdout } = await run(command, "--no-such-flag", "--json");
      expect(exitCode).toBe(2);
      const { error } = errorDocument.parse(JSON.parse(stdout));
      expect(error).toMatchObject({ code: "WRONG_USAGE", exitCode: 2 });
      expect(error.what).toContain("--no-such-flag");
    },
  );

  test("has an entry in package.json and a script of at most 40 lines", async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(`${PROJECT}/package.json`, "utf8")));
    for (const command of COMMANDS) {
      expect(scripts[command]).toBe(`node scripts/bootstrap.mjs scripts/${command}.ts`);
      const lines = (await readFile(`${PROJECT}/scripts/${command}.ts`, "utf8")).trimEnd().split("\n");
      expect(lines.length, command).toBeLessThanOrEqual(40);
    }
  });

  test("that is a script of its own has a document", async () => {
    const files = await readdir(`${PROJECT}/scripts`);
    const own = files.filter((file) => file.endsWith(".ts")).map((file) => file.replace(/\.ts$/, ""));
    const tools = ["schema"]; // for those who work on Plumbline
    expect(own.filter((name) => !tools.includes(name)).toSorted()).toEqual(COMMANDS.toSorted());
  });
});

describe("wrong input", { timeout: TIMEOUT_MS }, () => {
  test.for([
    [["plan", "--profile", "no-such-profile"], "PROFILE_UNKNOWN"],
    [["switch"], "WRONG_USAGE"],
    [["baseline", "no-such-action"], "WRONG_USAGE"],
    [["baseline", "show", "no-such-baseline"], "BASELINE_UNKNOWN"],
    [["baseline", "compare", "only-one"], "WRONG_USAGE"],
    [["baseline", "drop", "no-such-baseline", "1"], "BASELINE_UNKNOWN"],
    [["baseline", "drop", "reference-m1max"], "WRONG_USAGE"],
    [["baseline", "record", "--wait", "a-while"], "WRONG_USAGE"],
    [["baseline", "record", "a-name"], "WRONG_USAGE"],
    [["baseline", "list", "a-name"], "WRONG_USAGE"],
    [["bench", "--anyway"], "WRONG_USAGE"],
    [["baseline", "history", "no-such/scenario"], "WRONG_USAGE"],
    [["baseline", "lint", "no-such-baseline"], "BASELINE_UNKNOWN"],
    [["baseline", "lint", "reference-m1max", "--strict"], "BASELINE_INVALID"],
    [["logs", "--follow"], "WRONG_USAGE"],
    [["logs", "--lines", "many"], "WRONG_USAGE"],
    [["logs", "--lines", "0"], "WRONG_USAGE"],
    [["plan", "dev"], "WRONG_USAGE"],
    [["plan", "--only", "redis,"], "WRONG_USAGE"],
    [["env", "--format", "xml"], "WRONG_USAGE"],
    [["explain", "no-such-service"], "WRONG_USAGE"],
    [["status", "--stack", "Not A Name"], "WRONG_USAGE"],
    [["verify", "--junit", "no-such-folder/junit.xml"], "WRONG_USAGE"],
    [["up", "--no-bench", "--markdown", "summary.md"], "WRONG_USAGE"],
    [["up", "--no-bench", "--until-decided", "60"], "WRONG_USAGE"],
    [["verify", "--until-decided", "soon"], "WRONG_USAGE"],
    [["verify", "--watch", "--until-decided", "60"], "WRONG_USAGE"],
    [["report", "no-such-file.json"], "WRONG_USAGE"],
  ] as const)("%s ends with 2 and %s", async ([[command, ...args], code]) => {
    const { exitCode, stdout } = await run(command, "--json", "--profile", "minimal", ...args);
    expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe(code);
    expect(exitCode).toBe(2);
  });
});

test("an engine on another computer is ENGINE_REMOTE, and wrong input", { timeout: TIMEOUT_MS }, async () => {
  const { exitCode, stdout } = await runWith({ DOCKER_HOST: "tcp://10.0.0.7:2376" }, "up", "--json", ...REMOTE);
  expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe("ENGINE_REMOTE");
  expect(exitCode).toBe(2);
});

/** The engine by name, since another runtime may work here. */
const REMOTE = ["--stack", "far-away", "--runtime", "engine", "--profile", "minimal"] as const;

test("what an error tells people to run is for the stack that it is about", { timeout: TIMEOUT_MS }, async () => {
  const { stdout, stderr } = await run("env", "--stack", "never-was");
  expect([stdout, stderr]).toEqual(["", expect.stringContaining("npm run up -- --stack never-was")]);
});

test("without a terminal there are no colours, also where CI is set", { timeout: TIMEOUT_MS }, async () => {
  const { stderr } = await runWith({ CI: "true" }, "plan", "no-such-profile");
  expect(stderr).toMatch(/^PROFILE_UNKNOWN {2}/m);
  expect(stderr).not.toContain("\u001B");
});

describe("output that cannot be written", { timeout: TIMEOUT_MS }, () => {
  const command = "node scripts/bootstrap.mjs scripts/explain.ts --profile minimal";

  test("because its reader has enough is no failure, and nothing is said about it", async () => {
    expect(await shell(`${command} | true`)).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("because the progress has no reader does not end the command", async () => {
    expect(await shell(`${command} --stack 'No Name' 2> >(true)`)).toMatchObject({ exitCode: 2 });
  });

  test.skipIf(process.platform !== "linux")("because the disk is full is said in a line", async () => {
    const { exitCode, stderr } = await shell(`${command} >/dev/full`);
    expect([exitCode, stderr.split("\n").length]).toEqual([1, 1]);
    expect(stderr).toMatch(/cannot be written: ENOSPC/);
  });
});

test("the README's table has every error code with its exit code and its meaning", async () => {
  const readme = await readFile(`${PROJECT}/README.md`, "utf8");
  const missing = Object.entries(ERROR_CODES)
    .map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`)
    .filter((row) => !readme.includes(row));
  expect(missing).toEqual([]);
});

describe("baseline lint", { timeout: TIMEOUT_MS }, () => {
  test("shows what cannot be true in a reference, and passes: nothing is tested against it", async () => {
    const { exitCode, stdout, stderr } = await run("baseline", "lint", "reference-m1max");
    expect(stdout).toContain("throughput × mean latency is 5 in 24 of 27 rows");
    expect(stdout).toContain("only --strict fails");
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });
});
