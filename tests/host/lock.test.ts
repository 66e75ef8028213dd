import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { PlumblineError } from "../../stack/core/errors.ts";
import { lockOwner, takeLock } from "../../stack/host/lock.ts";
import { processStart } from "../../stack/host/process-start.ts";
import { runCommand } from "../../stack/host/run.ts";

const RACE = fileURLToPath(new URL("../support/core/lock-race.ts", import.meta.url));
const timeoutMs = 60_000;

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-lock-"));
  path = join(folder, "stack", "lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function refusal(): Promise<PlumblineError> {
  const error: unknown = await takeLock(path, "switch").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PlumblineError) return error;
  throw new Error(`no PlumblineError: ${String(error)}`);
}

/** A lock that a process of this description would have left. */
async function leave(owner: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof owner === "string" ? owner : JSON.stringify(owner));
}

/** The id of a process that ran and is gone. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("the lock of a stack", () => {
  test("must be held until it is released, and free after", async () => {
    const lock = await takeLock(path, "up");
    expect((await refusal()).code).toBe("STACK_BUSY");
    await lock.release();
    await (await takeLock(path, "up")).release();
  });

  test("must be one file, and leave nothing behind, not even the folder that it made", async () => {
    const lock = await takeLock(path, "up");
    expect(await readdir(join(folder, "stack"))).toEqual(["lock"]);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("must leave a folder in which something else was made", async () => {
    const lock = await takeLock(path, "up");
    await writeFile(join(folder, "stack", "compose.yaml"), "");
    await lock.release();
    expect(await readdir(join(folder, "stack"))).toEqual(["compose.yaml"]);
  });

  test("must tell who holds it, also when that process is gone, and nobody where it is free", async () => {
    expect(await lockOwner(path)).toBeUndefined();
    const pid = await deadPid();
    await leave({ pid, started: "1", command: "up" });
    expect(await lockOwner(path)).toEqual({ pid, command: "up", alive: false });
    await takeLock(path, "verify");
    expect(await lockOwner(path)).toEqual({ pid: process.pid, command: "verify", alive: true });
  });

  test("must be taken over also when a process was killed while it was taking it over", async () => {
    const dead = { pid: await deadPid(), started: "1", command: "up" };
    await leave(dead);
    await writeFile(`${path}.takeover`, JSON.stringify(dead));
    await takeLock(path, "up");
    expect(await readdir(join(folder, "stack"))).toEqual(["lock"]);
  });

  test("must name the process that holds it, and what it does", async () => {
    const holder = spawn("sleep", ["300"]);
    try {
      const pid = holder.pid ?? 0;
      await leave({ pid, started: await processStart(pid), command: "verify" });
      const error = await refusal();
      expect(error).toMatchObject({ code: "STACK_BUSY", exitCode: 1, details: { pid, command: "verify" } });
      expect(error.why).toBe(`process ${pid} (verify) holds its lock`);
      expect(error.fix).toContain(`kill ${pid}`);
    } finally {
      holder.kill("SIGKILL");
    }
  });

  test("must be taken over from a process that is gone", async () => {
    await leave({ pid: await deadPid(), started: "1", command: "up" });
    await takeLock(path, "up");
    expect(await readFile(path, "utf8")).toContain(`"pid":${process.pid}`);
  });

  test("must be taken over when another process has the owner's id by now", async () => {
    await leave({ pid: process.pid, started: "another time", command: "up" });
    await takeLock(path, "up");
    expect(await readFile(path, "utf8")).toContain(`"started":"${await processStart(process.pid)}"`);
  });

  test.for(["", "{", "null", '{"pid":"12"}', '{"pid":-1,"started":"","command":""}'])(
    "must be taken over when it says %j, which no Plumbline wrote",
    async (text) => {
      await leave(text);
      await takeLock(path, "up");
      expect(await readFile(path, "utf8")).toContain(`"pid":${process.pid}`);
    },
  );

  test("must not be released by one who lost it", async () => {
    const lock = await takeLock(path, "up");
    const other = JSON.stringify({ pid: process.pid, started: "later", command: "up" });
    await writeFile(path, other);
    await lock.release();
    expect(await readFile(path, "utf8")).toBe(other);
  });
});

describe("of many processes at once", () => {
  const LOCKS = 60;
  const PROCESSES = 6;

  /** How many processes won each lock. */
  async function race(): Promise<readonly number[]> {
    const startAt = String(Date.now() + 3000);
    const runs = Array.from({ length: PROCESSES }, () =>
      runCommand([process.execPath, "--import", "tsx", RACE, folder, String(LOCKS), String(PROCESSES), startAt], {
        timeoutMs,
      }),
    );
    const wins = Array.from({ length: LOCKS }, () => 0);
    for (const { ok, stdout, stderr } of await Promise.all(runs)) {
      if (!ok) throw new Error(stderr);
      for (const index of z.array(z.number()).parse(JSON.parse(stdout))) wins[index] = (wins[index] ?? 0) + 1;
    }
    return wins;
  }

  test("exactly one must win a lock that is free", async () => {
    expect(await race()).toEqual(Array.from({ length: LOCKS }, () => 1));
  }, 90_000);

  test("exactly one must win a lock that a dead process left", async () => {
    const owner = JSON.stringify({ pid: await deadPid(), started: "1", command: "up" });
    for (let index = 0; index < LOCKS; index += 1) await writeFile(join(folder, `lock-${index}`), owner);
    expect(await race()).toEqual(Array.from({ length: LOCKS }, () => 1));
  }, 90_000);
});
