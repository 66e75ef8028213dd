/** The one error of this folder that no other source can cure. */
import { PlumblineError } from "../core/errors.ts";

/** `what` failed because the engine, or this computer's folder for temporary files, has no room left. */
export function diskFull(what: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError("DISK_FULL", {
    what,
    why,
    fix: "Make room where the engine keeps its data (`docker system df` shows what takes it) and in the folder for temporary files ($TMPDIR), then run again.",
    cause,
  });
}
