/** Tolerates output that nobody reads any more, or that a full disk refuses: neither is a defect of Plumbline. */
import { EXIT } from "../../stack/core/errors.ts";

/** Handles errors of this process's stdout and stderr from now on. */
export function surviveClosedOutput(): void {
  process.stderr.on("error", () => undefined); // stderr only has the progress: the work goes on without it
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(); // for example `| head`; the exit code is the command's
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}
