/** Tolerates output that nobody reads any more, or that a full disk refuses: neither is a defect of Plumbline. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { EXIT } from "../../stack/core/errors.ts";
import { endInOrder } from "./signals.ts";

const LOOK_MS = 500;

/** Handles errors of this process's stdout and stderr from now on. */
export function surviveClosedOutput(): void {
  // stderr only has the progress: the work goes on without it, unless the result has no reader either (`2>&1 | head`).
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    // As at the end of a terminal: nobody can see what is done any more.
    if (error.code === "EPIPE" && isOnePipe()) endInOrder();
  });
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(); // for example `| head`; the exit code is the command's
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}

interface Unread {
  /** Nobody reads stdout; somebody may read stderr. */
  readonly result: () => void;
  /** Nobody reads either of them. */
  readonly all: () => void;
}

/**
 * Calls back when the readers of this process's pipes are gone, also while nothing is written. Returns a function that
 * stops looking. Linux only: elsewhere the next write tells.
 */
export function onUnread({ result, all }: Unread): () => void {
  if (process.platform !== "linux" || !isPipe(1)) return () => {};
  const looking = setInterval(() => {
    if (hasReader(1)) return;
    result();
    if (isPipe(2) && !hasReader(2)) all();
  }, LOOK_MS).unref();
  return () => clearInterval(looking);
}

/** A pipe without a reader cannot be opened for writing without waiting: ENXIO of fifo(7). */
function hasReader(fd: number): boolean {
  try {
    closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ENXIO");
  }
}

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false; // closed by whoever started this process
  }
}

function isOnePipe(): boolean {
  if (!isPipe(1) || !isPipe(2)) return false;
  const [output, errors] = [fstatSync(1), fstatSync(2)];
  return output.dev === errors.dev && output.ino === errors.ino;
}
