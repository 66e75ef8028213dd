/** The bundle that commands run from, seen from outside: a small project with the real bootstrap. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
/** Node's start and one small build, on a machine that is busy with other tests. */
const RUN_DEADLINE_MS = 60_000;

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-bundle-"));
  await mkdir(join(root, "scripts", "lib"), { recursive: true });
  await mkdir(join(root, "node_modules"));
  for (const file of ["bootstrap.mjs", "lib/bundle.mjs", "lib/packages.mjs", "lib/ending/unattended.mjs"]) {
    await cp(join(PROJECT, "scripts", file), join(root, "scripts", file));
  }
  for (const file of ["foreign-variables.mjs", "process-identity.mjs"])
    await cp(join(PROJECT, "stack/host", file), join(root, "stack/host", file));
  await symlink(join(PROJECT, "node_modules", "tsx"), join(root, "node_modules", "tsx"));
  await write("package.json", JSON.stringify({ type: "module", engines: { node: ">=20.12" } }));
  await write("package-lock.json", JSON.stringify({ packages: {} }));
  await write("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
  await write("scripts/say.ts", `import { word } from "../word.ts";\nprocess.stdout.write(word);\n`);
  await write("word.ts", `export const word: string = "one";\n`);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test("a command must run from the bundle that the run before it made", async () => {
  expect(await say()).toBe("one");
  expect(await say()).toBe("one");
  expect(await bundles()).toHaveLength(1);
});

test("compiled code must be kept for the next command, and be made again where it is of no use", async () => {
  await say();
  const [kept = ""] = await compiled();
  await writeFile(kept, "not what V8 wrote");
  expect(await say()).toBe("one");
  expect((await stat(kept)).size).toBeGreaterThan(100);
});

test("an edit must be seen by the next command, also one that keeps length and time of the file", async () => {
  await say();
  const { atime, mtime } = await stat(join(root, "word.ts"));
  await write("word.ts", `export const word: string = "two";\n`);
  await utimes(join(root, "word.ts"), atime, mtime);
  expect(await say()).toBe("two");
});

test("a change of the installed packages must make a new bundle", async () => {
  await say();
  await write("node_modules/.package-lock.json", JSON.stringify({ packages: {}, changed: true }));
  await say();
  expect(await bundles()).toHaveLength(2);
});

test("commands that start at once without a bundle must all work", async () => {
  expect(await Promise.all([say(), say(), say()])).toEqual(["one", "one", "one"]);
  expect(await say()).toBe("one");
});

test("paths relative to a source file must stay so in a clone that was moved", async () => {
  await write("word.ts", `export const word: string = new URL(".", import.meta.url).pathname;\n`);
  expect(await say()).toBe(`${root}/`);
  const moved = `${root}-moved`;
  await rename(root, moved);
  root = moved;
  expect(await say()).toBe(`${moved}/`);
});

test("a module that is imported when it is needed must not run before", async () => {
  await write("scripts/say.ts", `process.stdout.write("first ");\nawait import("../late.ts");\n`);
  await write("late.ts", `process.stdout.write("second");\nexport {};\n`);
  expect(await say()).toBe("first second");
});

test("two programs with one base name must each have a bundle of its own", async () => {
  await mkdir(join(root, "scripts", "other"));
  await write("scripts/other/say.ts", `process.stdout.write("another");\nexport {};\n`);
  expect(await say()).toBe("one");
  expect(await say("scripts/other/say.ts")).toBe("another");
  expect(await say()).toBe("one");
});

test("a module of Node itself must be importable when it is needed", async () => {
  await write("scripts/say.ts", `const { sep } = await import("node:path/posix");\nprocess.stdout.write(sep);\n`);
  expect(await say()).toBe("/");
});

test("the trace of an error must name the source and its line", async () => {
  await write(
    "word.ts",
    `interface Gone {\n  readonly a: string;\n}\nexport const word = fail({ a: "" });\nfunction fail({ a }: Gone): string {\n  throw new Error("wrong" + a);\n}\n`,
  );
  const { stderr, exitCode } = await run();
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`at fail (${root}/word.ts:6:9)`);
});

test("a source that cannot be read must be reported with its place", async () => {
  await write("word.ts", `export const word: string = ;\n`);
  const { stderr, exitCode } = await run();
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("word.ts:1");
});

test("a command must work where no bundle can be kept, and without one on demand", async () => {
  await write("node_modules/.cache", "a file where a folder should be");
  expect(await say()).toBe("one");
  expect((await run({ PLUMBLINE_BUNDLE: "off" })).stdout).toBe("one");
});

test.each(["SIGTERM", "SIGHUP"] as const)("%s while a bundle is made must end it quietly", async (signal) => {
  const words = Array.from({ length: 200_000 }, (_, index) => `export const w${index}: number = ${index};`);
  await write("word.ts", `${words.join("\n")}\nexport const word: string = "one";\n`); // a second of work
  for (const begun of [madeFolders, ...(process.platform === "linux" ? [childrenOf] : [])]) {
    const running = run();
    await expect.poll(() => begun(running.pid), { timeout: RUN_DEADLINE_MS, interval: 5 }).toHaveLength(1);
    running.kill(signal);
    expect(await running).toMatchObject({ exitCode: 130, stdout: "", stderr: "" });
    expect(await bundles()).toEqual([]);
  }
});

async function madeFolders(): Promise<readonly string[]> {
  return bundles().catch(() => []);
}

/** One while esbuild works. */
async function childrenOf(pid = 0): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter((child) => child !== "");
}

async function say(script?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await run({}, script);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

function run(env: Readonly<Record<string, string>> = {}, script = "scripts/say.ts") {
  const argv = ["scripts/bootstrap.mjs", script];
  return execa("node", argv, { cwd: root, env, reject: false, timeout: RUN_DEADLINE_MS });
}

async function bundles(): Promise<readonly string[]> {
  const entries = await readdir(join(root, "node_modules", ".cache", "plumbline", "say"));
  return entries.filter((entry) => entry.startsWith("made-"));
}

/** Files of compiled code in all bundles. */
async function compiled(): Promise<readonly string[]> {
  const cache = join(root, "node_modules", ".cache", "plumbline", "say");
  const entries = await readdir(cache, { recursive: true });
  return entries.filter((entry) => entry.endsWith(".cache")).map((entry) => join(cache, entry));
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(join(root, path), text);
}
