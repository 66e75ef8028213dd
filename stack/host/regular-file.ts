/**
 * Reads files that must be ordinary ones. A named pipe would be waited for without end, and a device read without end;
 * where a link is refused, it could show or change a file elsewhere.
 */
import { constants, type Stats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

export interface ReadOptions {
  /** False to refuse a symbolic link; by default it is followed to an ordinary file. */
  readonly follow?: boolean;
  /** A larger file is refused. */
  readonly maxBytes?: number;
}

/** Opens an ordinary file. Rejects at once for a folder (EISDIR), a link that is refused (ELOOP), anything else (EFTYPE). */
export async function openRegular(path: string, { follow = true, maxBytes }: ReadOptions = {}): Promise<FileHandle> {
  const file = await openNow(path, follow);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw unlike(path, kindOf(stats), stats.isDirectory() ? "EISDIR" : "EFTYPE");
    if (maxBytes !== undefined && stats.size > maxBytes)
      throw new Error(`it has ${stats.size} bytes, and at most ${maxBytes} are read`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads an ordinary file whole. Rejects like `openRegular`. */
export async function readRegular(path: string, options?: ReadOptions): Promise<Buffer> {
  const file = await openRegular(path, options);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Reads an ordinary file as text; undefined if there is none. Rejects like `openRegular`. */
export async function readTextIfThere(path: string, options?: ReadOptions): Promise<string | undefined> {
  try {
    return (await readRegular(path, options)).toString("utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** O_NONBLOCK: opening a named pipe does not wait for who writes into it. */
async function openNow(path: string, follow: boolean): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW));
  } catch (error) {
    if (codeOf(error) === "ENXIO") throw unlike(path, "a socket or a device");
    if (codeOf(error) === "ELOOP" && !follow) throw unlike(path, "a symbolic link", "ELOOP");
    throw error;
  }
}

function unlike(path: string, kind: string, code = "EFTYPE"): Error {
  return Object.assign(new Error(`${code}: ${path} is ${kind}, not an ordinary file`), { code });
}

/** Names what is in the place of a file, for people. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isFile() ? "a file" : "a socket or a device";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
