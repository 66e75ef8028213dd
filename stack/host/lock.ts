/** Allows one Plumbline process per stack: a second one fails at once and names the first. */
import { link, mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PlumblineError } from "../core/errors.ts";
import { fileError } from "./file-error.ts";
import { processStart } from "./process-start.ts";

/** Attempts to take over the lock of dead processes; each failure means that another process was faster. */
const ATTEMPTS = 5;

/** Time that another process needs to take over a dead process's lock. */
const TAKEOVER_MS = 20;

const ownerSchema = z.object({ pid: z.number().int().positive(), started: z.string(), command: z.string() });
type Owner = z.infer<typeof ownerSchema>;

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock file at `path`. A lock whose process is gone is taken over. Process ids are reused, so the id counts
 * only together with the process's start time. Rejects with STACK_BUSY, DISK_FULL, FILE_NOT_OURS.
 */
export async function takeLock(path: string, command: string): Promise<Lock> {
  const me: Owner = { pid: process.pid, started: (await processStart(process.pid)) ?? "", command };
  const mine = `${path}.${process.pid}`;
  await writeInFolder(mine, JSON.stringify(me));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await linkIfFree(mine, path)) {
        await removeLeft(path);
        return { release: () => release(path, me) };
      }
      const owner = await readOwner(path);
      if (owner && (await isAlive(owner))) throw busy(owner);
      await removeDead(mine, path);
    }
    throw busy(await readOwner(path));
  } finally {
    await rm(mine, { force: true });
  }
}

/** Returns the holder of the lock at `path`, or undefined. `alive` is false if the holder was killed. */
export async function lockOwner(
  path: string,
): Promise<{ readonly pid: number; readonly command: string; readonly alive: boolean } | undefined> {
  const owner = await readOwner(path);
  return owner && { pid: owner.pid, command: owner.command, alive: await isAlive(owner) };
}

/** Writes again if the folder vanishes meanwhile: a run that created nothing removes its empty folder. */
async function writeInFolder(path: string, text: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { mode: 0o644 });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isErrno(error, "ENOENT")) throw fileError(path, error);
    }
  }
}

async function linkIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Removes the lock of a dead process. Only one process at a time may do this; a second one would remove the lock that
 * the first has just taken. The right to do it is a file of its own, which is removed if its holder is dead.
 */
async function removeDead(mine: string, path: string): Promise<void> {
  const right = `${path}.takeover`;
  if (!(await linkIfFree(mine, right))) {
    if (await isLeft(right)) await rm(right, { force: true });
    await sleep(TAKEOVER_MS);
    return;
  }
  try {
    if (await isLeft(path)) await rm(path, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

/** Returns true if the file exists and no living process holds it. */
async function isLeft(path: string): Promise<boolean> {
  const text = await readIfThere(path);
  if (text === undefined) return false;
  const owner = ownerOf(text);
  return owner === undefined || !(await isAlive(owner));
}

/** Removes files of processes that were killed while they took the lock. */
async function removeLeft(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(dirname(path), name);
    const owner = await readOwner(file); // undefined also for a file that is just being written
    if (owner && !(await isAlive(owner))) await rm(file, { force: true });
  }
}

async function release(path: string, me: Owner): Promise<void> {
  const owner = await readOwner(path);
  if (owner?.pid !== me.pid || owner.started !== me.started) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined); // not empty: the run created something, which stays
}

async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : ownerOf(text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Returns undefined for a text that Plumbline did not write. */
function ownerOf(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
  }
  const running = await processStart(pid);
  return running === undefined || started === "" || running === started;
}

function busy(owner: Owner | undefined): PlumblineError {
  const who = owner ? `process ${owner.pid} (${owner.command})` : "another process";
  return new PlumblineError("STACK_BUSY", {
    what: "Another Plumbline command works on this stack",
    why: `${who} holds its lock`,
    fix: owner ? `Wait for it, or end it with: kill ${owner.pid}` : "Wait for it and run the command again",
    ...(owner ? { details: { pid: owner.pid, command: owner.command } } : {}),
  });
}
