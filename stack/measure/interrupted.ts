/** The error of a run that a signal ended. */
import { PlumblineError } from "../core/errors.ts";

export function interrupted(cause: unknown): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: "The benchmarks were interrupted",
    why: "a signal arrived; their data were removed",
    fix: "Run the command again.",
    cause,
  });
}
