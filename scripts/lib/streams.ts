/** Output that nobody reads any more, or that a full disk refuses, is no defect of Plumbline. */
import { EXIT } from "../../stack/core/errors.ts";

/** For this process's own stdout and stderr, from now on. */
export function surviveClosedOutput(): void {
  process.stderr.on("error", () => undefined); // it has only the progress: the work goes on without it
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(); // as `| head` does it; the exit code is that of the command
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}
