import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPTS = fileURLToPath(new URL("../../scripts", import.meta.url));
const TIMEOUT_MS = 60_000;
const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } });

/** Stands for npm: takes a second, and breaks, as npm does, where another one is at work in the same folder. */
const NPM = `
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
if (existsSync("busy")) throw new Error("ENOTEMPTY");
writeFileSync("busy", "");
await after(1000);
mkdirSync("node_modules", { recursive: true });
writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(LOCK)});
appendFileSync("installed.log", "installed ");
rmSync("busy");
`;

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "plumbline-bootstrap-"));
  await cp(SCRIPTS, join(clone, "scripts"), { recursive: true });
  await writeFile(join(clone, "package.json"), JSON.stringify({ type: "module", engines: { node: ">=20.12" } }));
  await writeFile(join(clone, "package-lock.json"), LOCK);
  await writeFile(join(clone, "npm.mjs"), NPM);
});

afterEach(() => rm(clone, { recursive: true, force: true }));

function bootstrap() {
  const env = { npm_execpath: join(clone, "npm.mjs") };
  return execa("node", ["scripts/bootstrap.mjs"], { cwd: clone, env, reject: false, timeout: TIMEOUT_MS });
}

const installed = () => readFile(join(clone, "installed.log"), "utf8");

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
    const killed = bootstrap();
    await until(() => readFile(join(clone, "busy")));
    killed.kill("SIGKILL");
    expect(await bootstrap()).toMatchObject({ exitCode: 0, stderr: expectContaining("Waiting for the installation") });
    expect(await installed()).toBe("installed ");
  });

  test("an installation that died with its command is begun anew", async () => {
    await writeFile(join(clone, "npm.mjs"), "process.kill(process.pid, 'SIGKILL')");
    expect((await bootstrap()).exitCode).toBe(1);
    await writeFile(join(clone, "npm.mjs"), NPM);
    expect((await bootstrap()).exitCode).toBe(0);
  });
});

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
