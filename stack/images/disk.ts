/** The one error of this folder that no other source can cure. */
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { PlumblineError } from "../core/errors.ts";
import { bytes, formatBytes } from "../core/units.ts";

/** `what` failed because the engine, or this computer's folder for temporary files, has no room left. */
export function diskFull(what: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError("DISK_FULL", {
    what,
    why: `${why} (${freeIn(tmpdir())})`,
    fix: "Make room where the engine keeps its data (`docker system df` shows what takes it) and in the folder for temporary files, then run again.",
    cause,
  });
}

/** Tells which of the two places is full: the other one is the engine's. */
function freeIn(folder: string): string {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return `${formatBytes(bytes(bavail * bsize))} free in ${folder}`;
  } catch {
    return `${folder} cannot be read`;
  }
}
