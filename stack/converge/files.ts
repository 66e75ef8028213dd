/** Generated files on disk: compared, written atomically, and never over a person's own file. */
import { chmod, copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { FileState } from "../core/plan/observed.ts";
import { fileState, staticState } from "../render/signature.ts";
import type { FileContent } from "../render/stack.ts";
import { fileError } from "../host/file-error.ts";
import { makeFolder, makePrivateFolder, OPEN_FOLDER } from "../host/folders.ts";
import { readRegular } from "../host/regular-file.ts";
import { replaceFile } from "../host/replace-file.ts";
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

/** The servers' own users must be able to read the file. */
const FILE_MODE = 0o644;

/**
 * Writes one file by rename, so that a server reads either the old or the new text. Folders below the stack's own, which
 * is private, are open to the servers' users. Rejects with DISK_FULL or FILE_NOT_OURS.
 */
export async function writeGenerated(
  folder: StackFolder,
  path: string,
  content: FileContent,
  keepCopy: boolean,
): Promise<void> {
  const target = folder.file(path);
  const parent = dirname(target);
  try {
    await makePrivateFolder(folder.root);
    await makeFolder(parent, OPEN_FOLDER);
    if (parent !== folder.root) await chmod(parent, OPEN_FOLDER);
    if (keepCopy) await copyFile(target, `${target}.edited`);
    await replaceFile(target, content, { mode: FILE_MODE, suffix: "new" });
  } catch (error) {
    throw fileError(target, error);
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readRegular(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw fileError(path, error, "read"); // not an ordinary file, or another user's
  }
}
