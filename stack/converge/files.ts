/** Generated files on disk: compared, written atomically, and never over a person's own file. */
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { FileState } from "../core/plan/observed.ts";
import { fileState, staticState } from "../render/signature.ts";
import type { FileContent } from "../render/stack.ts";
import { fileError } from "../host/file-error.ts";
import type { StackFolder } from "../records/folder.ts";

/** Resolves the state of every wanted file, by path relative to the stack's folder. */
export async function observeFiles(
  folder: StackFolder,
  wanted: ReadonlyMap<string, FileContent>,
): Promise<ReadonlyMap<string, FileState>> {
  const states = [...wanted].map(async ([path, content]): Promise<[string, FileState]> => {
    const onDisk = await readIfThere(folder.file(path));
    if (typeof content === "string") return [path, fileState(path, onDisk?.toString("utf8"), content)];
    return [path, staticState(onDisk, content)];
  });
  return new Map(await Promise.all(states));
}

/**
 * Writes one file by rename, so that a server reads either the old or the new text. Rejects with DISK_FULL or
 * FILE_NOT_OURS.
 */
export async function writeGenerated(
  folder: StackFolder,
  path: string,
  content: FileContent,
  keepCopy: boolean,
): Promise<void> {
  const target = folder.file(path);
  const temporary = `${target}.new`;
  try {
    await mkdir(dirname(target), { recursive: true });
    if (keepCopy) await copyFile(target, `${target}.edited`);
    await writeFile(temporary, content, { mode: 0o644 });
    // The umask reduces the mode given to writeFile, but the servers' own users must be able to read the file.
    await chmod(temporary, 0o644);
    await chmod(dirname(target), 0o755);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // removes what was written of it, on a full disk
    throw fileError(target, error);
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
