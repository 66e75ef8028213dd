/**
 * Tolerates output that nobody reads any more, that a stopped terminal does not take, or that a full disk refuses: none
 * is a defect of Plumbline.
 */
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { EXIT } from "../../../stack/core/errors.ts";
import { leave } from "./leave.ts";
import { endInOrder } from "./signals.ts";

/** Handles errors of this process's stdout and stderr from now on, and keeps it from waiting in a write. */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) writeLater(stream);
  // stderr only has the progress: the work goes on without it, unless the result has no reader either (`2>&1 | head`).
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    // As at the end of a terminal: nobody can see what is done any more.
    if (error.code === "EPIPE" && isOnePipe()) endInOrder();
  });
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // For example `| head`, or a terminal that was closed: the exit code is the command's.
    if (error.code === "EPIPE" || (error.code === "EIO" && isatty(1))) {
      leave(EXIT.interrupted, process.exitCode);
      return;
    }
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    leave(EXIT.failed);
  });
}

function isOnePipe(): boolean {
  try {
    const [output, errors] = [fstatSync(1), fstatSync(2)];
    return output.isFIFO() && output.dev === errors.dev && output.ino === errors.ino;
  } catch {
    return false; // one of them was closed by whoever started this process
  }
}

/**
 * Lets a terminal that takes nothing (Ctrl-S, a stopped emulator) keep what is written in memory. Node waits in each
 * write to a terminal, and hears no signal meanwhile; to a pipe it writes without waiting. It has no public call for
 * this. Node opens a terminal anew for itself; if it could not, the mode would be changed for the shell too, and stays.
 */
function writeLater(stream: NodeJS.WriteStream & { readonly fd: number }): void {
  const handle: unknown = stream.isTTY ? Reflect.get(stream, "_handle") : undefined;
  if (typeof handle !== "object" || handle === null || !("fd" in handle) || handle.fd === stream.fd) return;
  if ("setBlocking" in handle && typeof handle.setBlocking === "function") {
    Reflect.apply(handle.setBlocking, handle, [false]);
  }
}
