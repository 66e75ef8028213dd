/** The only error here that trying another source cannot fix. */
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { PlumblineError } from "../core/errors.ts";
import { bytes, formatBytes } from "../core/units.ts";

/** `what` failed because the engine, or this computer's folder for temporary files, is full. */
export function diskFull(what: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError("DISK_FULL", {
    what,
    why: `${why} (${freeIn(tmpdir())})`,
    fix: "Make room where the engine keeps its data (`docker system df` shows what takes it) and in the folder for temporary files, then run again.",
    cause,
  });
}

/** Returns the free space here, which shows which of the two places is full. */
function freeIn(folder: string): string {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return `${formatBytes(bytes(bavail * bsize))} free in ${folder}`;
  } catch {
    return `${folder} cannot be read`;
  }
}
