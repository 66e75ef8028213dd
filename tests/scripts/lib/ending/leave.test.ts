import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makePipe } from "../../../support/host/pipe.ts";

const EXITS = fileURLToPath(new URL("../../../support/host/exits-while.ts", import.meta.url));
/** Of what hangs: a process that waits for it does not end before. */
const HANG_MS = 30_000;

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-leave-"));
  path = join(folder, "it");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function exitsWhile(what: string) {
  return execa(process.execPath, ["--import", "tsx", EXITS, what, path], {
    reject: false,
    timeout: HANG_MS,
    killSignal: "SIGKILL",
  });
}

describe("a process that has to end at once", { timeout: 2 * HANG_MS }, () => {
  test("kills a child that ignores SIGTERM", async () => {
    expect(await exitsWhile("child")).toMatchObject({ exitCode: 130, stdout: "exits" });
    const written = await readFile(path, "utf8");
    await pause(500); // five times as long as the child waits
    expect(await readFile(path, "utf8")).toBe(written);
  });

  test("releases the lock that it holds", async () => {
    expect(await exitsWhile("lock")).toMatchObject({ exitCode: 130 });
    expect(existsSync(path)).toBe(false);
  });

  test("ends as by Ctrl-C while a thread of Node's pool hangs, after all that an exit does", async () => {
    makePipe(path);
    expect(await exitsWhile("pool")).toMatchObject({ signal: "SIGINT", stdout: "exits", timedOut: false });
  });

  test("does so when nobody reads its output any more", async () => {
    makePipe(path);
    const running = exitsWhile("reader");
    running.stdout.once("data", () => running.stdout.destroy());
    expect(await running).toMatchObject({ signal: "SIGINT", timedOut: false });
  });
});
