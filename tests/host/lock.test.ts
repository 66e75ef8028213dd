import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { PlumblineError } from "../../stack/core/errors.ts";
import { lockOwner, takeLock } from "../../stack/host/lock.ts";
import { processStart, processWorld } from "../../stack/host/process-identity.mjs";
import { runCommand } from "../../stack/host/run.ts";
import { scriptCommand } from "../support/core/script.ts";
import { makePipe } from "../support/host/pipe.ts";

const RACE = fileURLToPath(new URL("../support/core/lock-race.ts", import.meta.url));
const TAKE = fileURLToPath(new URL("../support/host/take-lock.ts", import.meta.url));
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

async function silentFor(seconds: number): Promise<void> {
  const at = Date.now() / 1000 - seconds;
  await utimes(path, at, at);
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
      await leave({ pid, started: processStart(pid), command: "verify" });
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
    expect(await readFile(path, "utf8")).toContain(`"started":"${processStart(process.pid)}"`);
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

describe("a process that cannot be looked at", () => {
  /** The ids are those of this process, which lives: they mean another one elsewhere. */
  const me = { pid: process.pid, started: processStart(process.pid), command: "up", ...processWorld() };
  const inContainer = { ...me, namespace: "pid:[4026532000]" };
  const beforeReboot = { ...me, boot: "5b3f0f3e-0000-4000-8000-000000000000" };

  test.for([inContainer, beforeReboot])("must hold its lock while it writes it: %o", async (owner) => {
    await leave(owner);
    await silentFor(30);
    const error = await refusal();
    expect(error.code).toBe("STACK_BUSY");
    expect(error.why).toContain(`process ${process.pid} (up), in another container or on another computer,`);
    expect(error.fix).not.toContain("kill ");
    expect(await lockOwner(path)).toMatchObject({ alive: true });
  });

  test.for([inContainer, beforeReboot])("must have lost it when it is silent for a minute: %o", async (owner) => {
    await leave(owner);
    await silentFor(61);
    expect(await lockOwner(path)).toMatchObject({ alive: false });
    await takeLock(path, "verify");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ command: "verify", ...processWorld() });
  });

  test("must hear of this one, as long as it holds the lock and not longer", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const lock = await takeLock(path, "up");
      const text = await readFile(path, "utf8");
      await silentFor(3600);
      vi.advanceTimersByTime(5_000);
      const written = async () => (await stat(path)).mtimeMs > Date.now() - 60_000;
      await expect.poll(written, { timeout: 10_000 }).toBe(true);
      expect(await readFile(path, "utf8")).toBe(text);
      await writeFile(`${path}-other`, "another's");
      await lock.release();
      vi.advanceTimersByTime(60_000);
      expect(await readdir(dirname(path))).toEqual(["lock-other"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** As in a container: process ids of its own. */
const UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc"];
const canUnshare = spawnSync("sh", ["-c", `exec ${UNSHARE.join(" ")} true`]).status === 0;

test.runIf(canUnshare)(
  "a lock must hold in another namespace of processes, and be free there when it is released",
  async () => {
    const inNamespace = async () => {
      const argv = [...UNSHARE, ...scriptCommand(TAKE), path];
      return (await runCommand(argv, { timeoutMs })).stdout;
    };
    const lock = await takeLock(path, "up");
    expect(await inNamespace()).toContain(`process ${process.pid} (up), in another container or on another computer,`);
    await lock.release();
    expect(await inNamespace()).toBe("taken");
  },
);

describe("what the lock lies in", () => {
  test("must be out of reach of other users, whatever the umask is", async () => {
    const before = process.umask(0);
    try {
      await takeLock(path, "up");
    } finally {
      process.umask(before);
    }
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });

  test("must be refused at once where a named pipe has its place", async () => {
    await mkdir(dirname(path), { recursive: true });
    makePipe(path);
    expect(await refusal()).toMatchObject({ code: "FILE_NOT_OURS" });
  });
});

describe("of many processes at once", () => {
  const LOCKS = 60;
  const PROCESSES = 6;

  /** How many processes won each lock. */
  async function race(): Promise<readonly number[]> {
    const alone = join(folder, "alone");
    await mkdir(alone);
    await runCommand([...scriptCommand(RACE), alone, "0", "0"], { timeoutMs }); // makes the bundle that all others start from
    const startAt = String(Date.now() + 2000);
    const argv = [...scriptCommand(RACE), folder, String(LOCKS), String(PROCESSES), startAt];
    const runs = Array.from({ length: PROCESSES }, () => runCommand(argv, { timeoutMs }));
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
