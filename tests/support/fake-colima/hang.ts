import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { limactlLine } from "./log.ts";
import type { Vm } from "./records.ts";
import { Fatal, type World } from "./world.ts";

/** Lima gives up by itself after this long at the earliest; often it never does (COLIMA.md section 8). */
const limaLimitSeconds = 600;

/** The end of a command at its deadline, see `limitMs` of the world. */
export class Overdue extends Error {}

/**
 * Waits as a hung `limactl start` does: in a child of the same process group that holds the output open, so that ending
 * `colima` alone neither ends it nor closes the pipe.
 */
export async function hang(world: World): Promise<void> {
  await wait(world);
  limactlLine(world, "fatal", "did not receive an event with the `running` status");
}

/** Sends a command into the guest, and never returns if nothing there answers. */
export async function askGuest(world: World, vm: Pick<Vm, "responds" | "delayMs">): Promise<void> {
  if (world.limitMs === undefined) await sleep(vm.delayMs);
  else endAfter(world.limitMs, vm.delayMs);
  if (vm.responds) return;
  await wait(world);
  throw new Fatal("exit status 255");
}

async function wait(world: World): Promise<void> {
  if (world.limitMs !== undefined) return endAfter(world.limitMs, limaLimitSeconds * 1000);
  const child = spawn("sleep", [String(limaLimitSeconds)], { stdio: ["ignore", "inherit", "inherit"] });
  const folder = join(world.directory, "hung");
  mkdirSync(folder, { recursive: true });
  const note = join(folder, String(child.pid));
  writeFileSync(note, "");
  await new Promise((ended) => child.once("close", ended));
  rmSync(note, { force: true });
}

/** Time passes at once here. */
function endAfter(limitMs: number, takenMs: number): void {
  if (takenMs > limitMs) throw new Overdue(`not done within ${limitMs} ms`);
}
