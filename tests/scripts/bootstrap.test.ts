import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "node:child_process";
import { utimesSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { processStart, processWorld } from "../../stack/host/process-identity.mjs";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const TIMEOUT_MS = 60_000;
const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } });

/** Stands for npm: takes a second, or until the file `hold` is gone, and breaks, as npm does, where another one is at work in the same folder. */
const NPM = `
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
if (existsSync("busy")) throw new Error("ENOTEMPTY");
writeFileSync("busy", "");
await after(1000);
while (existsSync("hold")) await after(20);
mkdirSync("node_modules", { recursive: true });
writeFileSync("env.json", JSON.stringify(process.env));
writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(LOCK)});
appendFileSync("installed.log", "installed ");
rmSync("busy");
`;

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "plumbline-bootstrap-"));
  await cp(join(PROJECT, "scripts"), join(clone, "scripts"), { recursive: true });
  for (const file of ["foreign-variables.mjs", "process-identity.mjs"])
    await cp(join(PROJECT, "stack/host", file), join(clone, "stack/host", file));
  await writeFile(join(clone, "package.json"), JSON.stringify({ type: "module", engines: { node: ">=20.12" } }));
  await writeFile(join(clone, "package-lock.json"), LOCK);
  await writeFile(join(clone, "npm.mjs"), NPM);
});

afterEach(() => rm(clone, { recursive: true, force: true }));

function bootstrap(variables: Readonly<Record<string, string>> = {}) {
  const env = { npm_execpath: join(clone, "npm.mjs"), ...variables };
  return execa("node", ["scripts/bootstrap.mjs"], { cwd: clone, env, reject: false, timeout: TIMEOUT_MS });
}

const record = () => join(clone, ".plumbline/npm-ci.pid");
const installed = () => readFile(join(clone, "installed.log"), "utf8");

async function leave(content: unknown): Promise<void> {
  await mkdir(join(clone, ".plumbline"), { recursive: true });
  await writeFile(record(), JSON.stringify(content));
}

async function isNotWaitedFor(): Promise<void> {
  const { exitCode, stderr } = await bootstrap();
  expect(stderr).not.toContain("Waiting");
  expect([exitCode, await installed()]).toEqual([0, "installed "]);
}

describe("in a fresh clone", { timeout: TIMEOUT_MS }, () => {
  test("the dependencies are installed once, and a second command says nothing of it", async () => {
    expect(await bootstrap()).toMatchObject({ exitCode: 0, stderr: expectContaining("Installing the dependencies") });
    expect(await bootstrap()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await installed()).toBe("installed ");
  });

  test("of two commands at once one installs, and the other waits for it", async () => {
    const both = await Promise.all([bootstrap(), bootstrap()]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await installed()).toBe("installed ");
  });

  test("of several commands that find what a dead one left, one installs", async () => {
    await mkdir(join(clone, ".plumbline"));
    await writeFile(join(clone, ".plumbline/npm-ci.pid"), "");
    const all = await Promise.all([bootstrap(), bootstrap(), bootstrap(), bootstrap()]);
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(await installed()).toBe("installed ");
    expect(await readdir(join(clone, ".plumbline"))).not.toContain("npm-ci.pid");
  });

  test("the installation that a killed command left behind is waited for", async () => {
    await writeFile(join(clone, "hold"), "");
    const killed = bootstrap();
    await until(() => readFile(join(clone, "busy")));
    killed.kill("SIGKILL");
    const waiting = bootstrap();
    await isWaiting(waiting);
    await rm(join(clone, "hold"));
    expect((await waiting).exitCode).toBe(0);
    expect(await installed()).toBe("installed ");
  });

  test.runIf(process.platform === "linux")("a command that waits for it ends when its reader is gone", async () => {
    await leave({ pid: process.pid, started: processStart(process.pid), ...processWorld() }); // for ever
    const line = "{ node scripts/bootstrap.mjs 2>&1; echo $? > code; } | head -n 1 > said";
    await execa("bash", ["-c", line], { cwd: clone, timeout: TIMEOUT_MS / 2 });
    expect(await readFile(join(clone, "said"), "utf8")).toContain("Waiting for the installation");
    expect(await readFile(join(clone, "code"), "utf8")).toBe("130\n");
  });

  test("an installation that died with its command is begun anew", async () => {
    await writeFile(join(clone, "npm.mjs"), "process.kill(process.pid, 'SIGKILL')");
    expect((await bootstrap()).exitCode).toBe(1);
    await writeFile(join(clone, "npm.mjs"), NPM);
    expect((await bootstrap()).exitCode).toBe(0);
  });
});

describe("an interrupted installation", { timeout: TIMEOUT_MS }, () => {
  /** An npm that ignores what ends others, as does the process that it starts, whose id it leaves. */
  const STUBBORN = `
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
const child = spawn("sh", ["-c", "trap '' TERM INT HUP; echo; while :; do sleep 1; done"]);
child.stdout.once("data", () => writeFileSync("busy", process.pid + " " + child.pid));
setTimeout(() => {}, ${TIMEOUT_MS});
`;
  /** Runs it with an npm that hangs until the signal, and expects that nothing is left and that the next one installs. */
  const endsBy = async (end: (running: ReturnType<typeof bootstrap>) => unknown) => {
    await writeFile(join(clone, "npm.mjs"), STUBBORN);
    const running = bootstrap();
    const busy = () => readFile(join(clone, "busy"), "utf8").catch(() => "");
    await expect.poll(busy, { timeout: TIMEOUT_MS / 2 }).toMatch(/\d$/); // the file is there before its text
    const pids = (await readFile(join(clone, "busy"), "utf8")).split(" ").map(Number);
    await end(running);
    const { exitCode } = await running;
    await expect.poll(() => pids.filter((pid) => !isGone(pid)), { timeout: 5_000 }).toEqual([]);
    await rm(join(clone, "busy"));
    await writeFile(join(clone, "npm.mjs"), NPM);
    await isNotWaitedFor();
    return exitCode;
  };

  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("by %s ends npm and what it started", async (signal) => {
    expect(await endsBy((running) => running.kill(signal))).toBe(130);
  });

  test("by a second signal ends them as well", async () => {
    const code = await endsBy(async (running) => {
      running.kill("SIGTERM");
      await sleep(1_200); // within a second it is the same press, passed on by npm
      running.kill("SIGTERM");
    });
    expect(code).toBe(130);
  });
});

describe("a record of an installation", { timeout: TIMEOUT_MS }, () => {
  const me = { pid: process.pid, started: processStart(process.pid), ...processWorld() };

  test("must not be that of any process whose command line has npm in it", async () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 120_000)", "npm", "run", "dev"]);
    try {
      await leave(other.pid); // a bare id, as an older version wrote it
      await isNotWaitedFor();
    } finally {
      other.kill("SIGKILL");
    }
  });

  test("must not be that of a process that has only the id of the installer", async () => {
    await leave({ ...me, started: "1" });
    await isNotWaitedFor();
  });

  test("must not be that of another boot or another container, where nobody touches it any more", async () => {
    for (const elsewhere of [{ boot: "another boot" }, { namespace: "pid:[1]" }]) {
      await rm(join(clone, "node_modules"), { recursive: true, force: true });
      await rm(join(clone, "installed.log"), { force: true });
      await leave({ ...me, ...elsewhere });
      await utimes(record(), 1, 1);
      await isNotWaitedFor();
    }
  });

  test("must be waited for while an installer in another container touches it", async () => {
    await leave({ ...me, namespace: "pid:[1]" });
    const touching = setInterval(() => utimesSync(record(), new Date(), new Date()), 100);
    const waiting = bootstrap();
    try {
      await isWaiting(waiting);
    } finally {
      clearInterval(touching);
    }
    await rm(record());
    expect((await waiting).exitCode).toBe(0);
  });

  test("must be touched by an installer while npm works", async () => {
    const installing = bootstrap();
    await until(() => readFile(join(clone, "busy")));
    await utimes(record(), 1, 1);
    await expect.poll(async () => (await stat(record())).mtimeMs, { timeout: 5_000 }).toBeGreaterThan(1_000_000);
    expect((await installing).exitCode).toBe(0);
  });
});

describe("the environment of the installation", { timeout: TIMEOUT_MS }, () => {
  test("must have nothing of a person's shell that changes npm or Node, and the way to the registry", async () => {
    await bootstrap({
      npm_config_dry_run: "true",
      NPM_CONFIG_OMIT: "dev",
      NODE_OPTIONS: "--max-old-space-size=2000 --use-openssl-ca",
      NODE_ENV: "production",
      DOCKER_DEFAULT_PLATFORM: "linux/arm64",
      npm_config_registry: "https://registry.example/",
    });
    const env: unknown = JSON.parse(await readFile(join(clone, "env.json"), "utf8"));
    expect(env).toMatchObject({ NODE_OPTIONS: "--use-openssl-ca", npm_config_registry: "https://registry.example/" });
    for (const name of ["npm_config_dry_run", "NPM_CONFIG_OMIT", "NODE_ENV", "DOCKER_DEFAULT_PLATFORM"])
      expect(env, name).not.toHaveProperty([name]);
  });

  test("must make no file that others can change, with an umask of 0 too", async () => {
    const line = "umask 0; exec node scripts/bootstrap.mjs";
    const env = { npm_execpath: join(clone, "npm.mjs") };
    await execa("sh", ["-c", line], { cwd: clone, env, timeout: TIMEOUT_MS });
    for (const path of [".plumbline", "node_modules", "node_modules/.package-lock.json"])
      expect((await stat(join(clone, path))).mode & 0o022, path).toBe(0);
  });
});

/** Resolves once the command says that it waits for another's installation. */
async function isWaiting({ stderr }: ReturnType<typeof bootstrap>): Promise<void> {
  let said = "";
  stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => said, { timeout: TIMEOUT_MS / 2 }).toContain("Waiting for the installation");
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (Date.now() < deadline) {
    try {
      await attempt();
      return;
    } catch {
      await after(10);
    }
  }
}

function expectContaining(part: string): unknown {
  return expect.stringContaining(part);
}
