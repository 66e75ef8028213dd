/** The log of a process that outlives Plumbline, kept within a size. */
import { copyFile, stat, truncate } from "node:fs/promises";

/** 10 MiB: some weeks of an engine that has little to say. */
export const LOG_MAXIMUM_BYTES = 10 * 1024 * 1024;

/**
 * Moves the content of a log that is larger than `maximumBytes` to "<path>.1", in place of what was there. The process goes
 * on writing into the same file: it was opened for appending. Resolves whether there was something to do; a log of
 * another user stays as it is.
 */
export async function rotateLog(path: string, maximumBytes = LOG_MAXIMUM_BYTES): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size <= maximumBytes) return false;
  try {
    await copyFile(path, `${path}.1`);
    await truncate(path);
    return true;
  } catch {
    return false;
  }
}
