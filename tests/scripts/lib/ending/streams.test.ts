import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const WRITES = fileURLToPath(new URL("../../../support/host/stopped-terminal.ts", import.meta.url));
const TIMEOUT_MS = 60_000;
const STOP = "\u0013";

/** util-linux's `script` makes a terminal. */
const hasScript = process.platform === "linux" && spawnSync("sh", ["-c", "exec script --version"]).status === 0;

let folder = "";
let noted = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-streams-"));
  noted = join(folder, "noted");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the process noted last: its id, and how much of its output waits. */
async function last(): Promise<readonly [pid: number, waiting: number]> {
  const [pid = 0, waiting = 0] = (await readFile(noted, "utf8").catch(() => "")).split(" ").map(Number);
  return [pid, waiting];
}

const limits = { reject: false, timeout: TIMEOUT_MS / 2, killSignal: "SIGKILL", buffer: false } as const;
const command = [process.execPath, "--import", "tsx", WRITES];

describe("a command whose output is not taken", { timeout: TIMEOUT_MS }, () => {
  test.runIf(hasScript)("hears SIGTERM while its terminal is stopped", async () => {
    const line = [...command, noted].map((word) => `'${word}'`).join(" ");
    const terminal = execa("script", ["-qefc", `exec ${line}`, join(folder, "said")], { ...limits, stdout: "ignore" });
    await expect.poll(async () => (await last())[0], { timeout: TIMEOUT_MS / 2 }).toBeGreaterThan(0);
    terminal.stdin.write(STOP);
    await expect.poll(async () => (await last())[1], { timeout: TIMEOUT_MS / 2 }).toBeGreaterThan(0);
    process.kill((await last())[0], "SIGTERM");
    expect(await terminal).toMatchObject({ exitCode: 130, timedOut: false });
  });

  test("hears SIGTERM while the reader of its pipe does not read", async () => {
    const line = `{ "$@"; echo $? > "$0"; } 2>&1 | exec sleep 600`;
    const code = join(folder, "code");
    const running = execa("bash", ["-c", line, code, ...command, noted], {
      ...limits,
      detached: true,
      stdio: "ignore",
    });
    try {
      await expect.poll(async () => (await last())[1], { timeout: TIMEOUT_MS / 2 }).toBeGreaterThan(0);
      process.kill((await last())[0], "SIGTERM");
      await expect.poll(() => readFile(code, "utf8").catch(() => ""), { timeout: TIMEOUT_MS / 2 }).toBe("130\n");
    } finally {
      if (running.pid !== undefined) process.kill(-running.pid, "SIGKILL");
      await running;
    }
  });
});
