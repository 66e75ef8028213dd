/** Explains why a stack's file cannot be read or written, in an error that says what to do. */
import { messageOf, PlumblineError } from "../core/errors.ts";

/** Returns DISK_FULL or FILE_NOT_OURS for such errors of the operating system; other errors unchanged. */
export function fileError(path: string, error: unknown, failed: "read" | "written" = "written"): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const what = `${path} cannot be ${failed}`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new PlumblineError("DISK_FULL", {
        what,
        why: "no space is left on this disk",
        fix: "Free some space and run the command again; it continues where it stopped",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "EEXIST":
    case "EFTYPE":
    case "ELOOP":
    case "EISDIR":
    case "ENOTDIR":
      return new PlumblineError("FILE_NOT_OURS", {
        what,
        why: messageOf(error),
        fix: "Run the command as the user who owns it, give it to yourself with chown, or move it out of the way",
        cause: error,
      });
  }
  return error;
}
