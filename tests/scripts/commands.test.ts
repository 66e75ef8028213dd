import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ERROR_CODES } from "../../stack/core/errors.ts";
import { documents, errorDocument } from "../../stack/report/documents.ts";

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
    const tools = ["schema", "bench-self", "bench-switch"]; // for those who work on Plumbline
    expect(own.filter((name) => !tools.includes(name)).toSorted()).toEqual(COMMANDS.toSorted());
  });
});

describe("wrong input", { timeout: TIMEOUT_MS }, () => {
  test.for([
    [["plan", "no-such-profile"], "PROFILE_UNKNOWN"],
    [["switch"], "WRONG_USAGE"],
    [["baseline", "no-such-action"], "WRONG_USAGE"],
    [["baseline", "show", "no-such-baseline"], "BASELINE_UNKNOWN"],
    [["baseline", "compare", "only-one"], "WRONG_USAGE"],
    [["logs", "--follow"], "WRONG_USAGE"],
    [["logs", "--lines", "many"], "WRONG_USAGE"],
    [["env", "--format", "xml"], "WRONG_USAGE"],
    [["explain", "no-such-service"], "WRONG_USAGE"],
    [["status", "--stack", "Not A Name"], "WRONG_USAGE"],
  ] as const)("%s ends with 2 and %s", async ([[command, ...args], code]) => {
    const { exitCode, stdout } = await run(command, ...args, "--json", "--profile", "minimal");
    expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe(code);
    expect(exitCode).toBe(2);
  });
});

test("without a terminal there are no colours, also where CI is set", { timeout: TIMEOUT_MS }, async () => {
  const { stderr } = await runWith({ CI: "true" }, "plan", "no-such-profile");
  expect(stderr).toMatch(/^PROFILE_UNKNOWN {2}/m);
  expect(stderr).not.toContain("\u001B");
});

test("the README's table has every error code with its exit code and its meaning", async () => {
  const readme = await readFile(`${PROJECT}/README.md`, "utf8");
  const missing = Object.entries(ERROR_CODES)
    .map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`)
    .filter((row) => !readme.includes(row));
  expect(missing).toEqual([]);
});
