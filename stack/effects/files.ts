/** Generated files on disk: compared, written whole or not at all, and never over a person's own. */
import { chmod, copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { PlumblineError } from "../core/errors.ts";
import type { FileState } from "../core/plan.ts";
import { fileState } from "../render/signature.ts";
import type { StackFolder } from "./folder.ts";

/** State of every wanted file, by path relative to the stack's folder. */
export async function observeFiles(
  folder: StackFolder,
  wanted: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, FileState>> {
  const states = [...wanted].map(async ([path, text]): Promise<[string, FileState]> => {
    return [path, fileState(path, await readIfThere(folder.file(path)), text)];
  });
  return new Map(await Promise.all(states));
}

/** Writes one file by rename, so that a server that reads it sees the old or the new text. Rejects with DISK_FULL. */
export async function writeGenerated(
  folder: StackFolder,
  path: string,
  text: string,
  keepCopy: boolean,
): Promise<void> {
  const target = folder.file(path);
  const temporary = `${target}.new`;
  try {
    await mkdir(dirname(target), { recursive: true });
    if (keepCopy) await copyFile(target, `${target}.edited`);
    await writeFile(temporary, text, { mode: 0o644 });
    // The mode given to writeFile is cut by the umask, and the servers' own users must be able to read.
    await chmod(temporary, 0o644);
    await chmod(dirname(target), 0o755);
    await rename(temporary, target);
  } catch (error) {
    if (isNoSpace(error)) throw diskFull(target, error);
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function diskFull(path: string, cause: unknown): PlumblineError {
  return new PlumblineError("DISK_FULL", {
    what: `${path} cannot be written`,
    why: "no space is left on this disk",
    fix: "Free some space and run the command again; it continues where it stopped",
    cause,
  });
}
