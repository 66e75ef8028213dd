/** Replaces files as a whole, so that readers see the old content or the new one. */
import { open, rename, rm, unlink } from "node:fs/promises";

export interface ReplaceOptions {
  /** Of the new file, whatever the umask is. */
  readonly mode: number;
  /** Of the file beside it that is written first: "new". */
  readonly suffix: string;
}

/** Writes beside the file and renames. Leaves nothing beside it if that fails. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, suffix }: ReplaceOptions,
): Promise<void> {
  const temporary = `${path}.${suffix}`;
  try {
    // What a killed run left; a link would be written through, and a named pipe waited for.
    await removeFile(temporary);
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode); // the umask reduces the mode given to open
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // also frees a full disk
    throw error;
  }
}

/** A folder is nobody's leftover: it stays, and the error of the operating system says so. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
