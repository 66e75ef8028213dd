/**
 * A process that exits while something of it is not done: `exits-while.ts <what> <path>`. `child`: a child that ignores
 * SIGTERM runs, and writes to the file again and again. `lock`: the lock at the path is held. `pool`: a thread waits for the pipe at
 * the path. `reader`: so does one, and the process writes until nobody reads it any more.
 */
import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { leave } from "../../../scripts/lib/ending/leave.ts";
import { surviveClosedOutput } from "../../../scripts/lib/ending/streams.ts";
import { takeLock } from "../../../stack/host/lock.ts";
import { runCommand } from "../../../stack/host/run.ts";

const TIMEOUT_MS = 600_000;
const IGNORES = `trap '' TERM; while :; do echo >> "$0"; sleep 0.1; done`;

const [what, path = ""] = process.argv.slice(2);
const printed = (text: string) => process.stdout.write(`${text}\n`);

switch (what) {
  case undefined:
    throw new Error("give what");
  case "child":
    void runCommand(["sh", "-c", IGNORES, path], { timeoutMs: TIMEOUT_MS });
    while ((await open(path).catch(() => undefined)) === undefined) await pause(10);
    break;
  case "lock":
    await takeLock(path, "up");
    break;
  case "pool":
    void open(path);
    await pause(100); // until the thread has begun
    break;
}
if (what === "reader") {
  surviveClosedOutput();
  void open(path);
  setInterval(() => printed("writes"), 20);
} else {
  process.once("exit", () => printed("exits"));
  leave(130);
}
