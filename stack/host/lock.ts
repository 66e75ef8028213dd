/** Allows one Plumbline process per stack: a second one fails at once and names the first. */
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { link, open, readdir, rm, rmdir, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PlumblineError } from "../core/errors.ts";
import { fileError } from "./file-error.ts";
import { makePrivateFolder } from "./folders.ts";
import { processStart, processWorld } from "./process-identity.mjs";
import { readTextIfThere } from "./regular-file.ts";

/** Attempts to take over the lock of dead processes; each failure means that another process was faster. */
const ATTEMPTS = 5;

/** Time that another process needs to take over a dead process's lock. */
const TAKEOVER_MS = 20;

/**
 * A process in another container or on another computer cannot be looked at. The holder of a lock therefore writes its
 * file again and again; a file that was not written for this long is left by a dead process. Long enough for a holder
 * that computes and for a slow disk.
 */
const SILENCE_MS = 60_000;
const BEAT_MS = 5_000;
/** Everybody who can enter the folder may see who holds it. */
const LOCK_MODE = 0o644;

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
  command: z.string(),
  /** Where the process id is valid: the boot of a kernel and a namespace of it. Absent: here. */
  boot: z.string().optional(),
  namespace: z.string().optional(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock file at `path`, in a folder that only its owner can enter. A lock whose process is gone is taken over.
 * Process ids are reused, and valid in one namespace of one running kernel, so all of that belongs to the owner. Rejects
 * with STACK_BUSY, DISK_FULL, FILE_NOT_OURS.
 */
export async function takeLock(path: string, command: string): Promise<Lock> {
  const me: Owner = { pid: process.pid, started: processStart(process.pid) ?? "", command, ...processWorld() };
  const mine = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`; // another namespace has the same ids
  const text = JSON.stringify(me);
  const file = await openInFolder(mine, text);
  removeAtExit(mine, text);
  let taken = false;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await linkIfFree(mine, path)) {
        taken = true;
        removeAtExit(path, text);
        await removeLeft(path);
        return heldLock(path, file, me);
      }
      const owner = await readOwner(path);
      const nowMs = await clockOf(file);
      if (owner && (await isAlive(owner, path, nowMs))) throw busy(owner);
      await removeDead(mine, path, nowMs);
    }
    throw busy(await readOwner(path));
  } finally {
    await rm(mine, { force: true });
    keepAtExit(mine);
    if (!taken) await file.close();
  }
}

/** Returns the holder of the lock at `path`, or undefined. `alive` is false if the holder was killed. */
export async function lockOwner(
  path: string,
): Promise<{ readonly pid: number; readonly command: string; readonly alive: boolean } | undefined> {
  const owner = await readOwner(path);
  return owner && { pid: owner.pid, command: owner.command, alive: await isAlive(owner, path) };
}

/** Keeps the lock alive for those who only see its file, until it is released. */
function heldLock(path: string, file: FileHandle, me: Owner): Lock {
  const text = JSON.stringify(me);
  // Into the file itself: at its path there may be another owner's by then. The bytes are the same, so readers see no half.
  const beat = setInterval(() => void file.write(text, 0).catch(() => undefined), BEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(beat);
      keepAtExit(path);
      await file.close().catch(() => undefined);
      await release(path, me);
    },
  };
}

/** Writes again if the folder vanishes meanwhile: a run that created nothing removes its empty folder. */
async function openInFolder(path: string, text: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makePrivateFolder(dirname(path));
      const file = await open(path, "wx", LOCK_MODE);
      await file.chmod(LOCK_MODE); // the umask reduces the mode given to open
      await file.writeFile(text);
      return file;
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
async function removeDead(mine: string, path: string, nowMs: number): Promise<void> {
  const right = `${path}.takeover`;
  if (!(await linkIfFree(mine, right))) {
    if (await isLeft(right, nowMs)) await rm(right, { force: true });
    await sleep(TAKEOVER_MS);
    return;
  }
  try {
    if (await isLeft(path, nowMs)) await rm(path, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

/** Returns true if the file exists and no living process holds it. */
async function isLeft(path: string, nowMs: number): Promise<boolean> {
  const text = await readLock(path);
  if (text === undefined) return false;
  const owner = ownerOf(text);
  return owner === undefined || !(await isAlive(owner, path, nowMs));
}

/** Removes files of processes that were killed while they took the lock. */
async function removeLeft(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(dirname(path), name);
    const owner = await readOwner(file).catch(() => undefined); // undefined also for a file that is just being written
    if (owner && !(await isAlive(owner, file))) await rm(file, { force: true });
  }
}

async function release(path: string, me: Owner): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined || JSON.stringify(owner) !== JSON.stringify(ownerSchema.parse(me))) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined); // not empty: the run created something, which stays
}

/** The text of each lock file of this process, by its path. */
const own = new Map<string, string>();

/** For a process that exits while it holds a lock: after a second signal, or when its time to end in order is over. */
function removeAtExit(path: string, text: string): void {
  if (own.size === 0) process.once("exit", removeOwn);
  own.set(path, text);
}

function keepAtExit(path: string): void {
  own.delete(path);
  if (own.size === 0) process.off("exit", removeOwn);
}

function removeOwn(): void {
  for (const [path, text] of own) {
    try {
      if (readFileSync(path, "utf8") === text) rmSync(path);
    } catch {
      // Not there any more. A lock that stays is taken over, since its process is gone.
    }
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readLock(path);
  return text === undefined ? undefined : ownerOf(text);
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readTextIfThere(path);
  } catch (error) {
    throw fileError(path, error, "read"); // not an ordinary file, or another user's
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

/** `nowMs`: the time on the clock of the file system, which may be another computer's. */
async function isAlive(owner: Owner, path: string, nowMs = Date.now()): Promise<boolean> {
  if (!isHere(owner)) return (await writtenAt(path)) > nowMs - SILENCE_MS;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
  }
  const running = processStart(owner.pid);
  return running === undefined || owner.started === "" || running === owner.started;
}

/** Returns whether the owner's process id means the same process to this process. */
function isHere({ boot, namespace }: Owner): boolean {
  const here = processWorld();
  return boot === undefined || (boot === here.boot && namespace === here.namespace);
}

async function writtenAt(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined); // gone meanwhile: released
  return stats?.mtimeMs ?? 0;
}

/** Returns the time of the file system at which `file` lies, by writing into it. */
async function clockOf(file: FileHandle): Promise<number> {
  await file.write("{", 0); // as it begins already
  return (await file.stat()).mtimeMs;
}

function busy(owner: Owner | undefined): PlumblineError {
  return new PlumblineError("STACK_BUSY", {
    what: "Another Plumbline command works on this stack",
    why: `${owner ? nameOf(owner) : "another process"} holds its lock`,
    fix: remedyFor(owner),
    ...(owner ? { details: { pid: owner.pid, command: owner.command } } : {}),
  });
}

function nameOf(owner: Owner): string {
  const where = isHere(owner) ? "" : ", in another container or on another computer,";
  return `process ${owner.pid} (${owner.command})${where}`;
}

function remedyFor(owner: Owner | undefined): string {
  if (owner === undefined) return "Wait for it and run the command again";
  if (isHere(owner)) return `Wait for it, or end it with: kill ${owner.pid}`;
  return `Wait for it, or end it there. If it was killed, its lock is free ${SILENCE_MS / 1000} s later`;
}
