// Who ends this process: signals, and that nobody waits for it any more, neither the npm that runs it nor the readers of
// its pipes. Plain Node without dependencies, because the installation of the packages is ended by it too.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** SIGHUP comes when the terminal is closed. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The exit code of an interrupted command, whatever the signal. */
export const INTERRUPTED = 130;

/**
 * A terminal sends Ctrl-C to npm and to this process, and npm passes its own on: where the shell between them gives way
 * to this process, one press arrives twice.
 */
export const SAME_PRESS_MS = 1_000;

const LOOK_MS = 500;
/** For the reader of a pipe among all processes. */
const SEARCHES = 3;

/**
 * Calls `gone` once npm, which passes on SIGINT and SIGTERM only, has ended before this process. A command that
 * something else started is left alone: a shell may leave it behind on purpose. Returns a function that stops looking.
 */
export function onNpmGone(gone) {
  if (!process.env.npm_lifecycle_event) return () => {};
  const parent = process.ppid;
  // npm starts a shell, which may stay between the two.
  const grandparent = isNpm(parent) ? undefined : parentOf(parent);
  const isBetween = grandparent !== undefined && isNpm(grandparent);
  const looking = setInterval(() => {
    if (process.ppid === parent && (!isBetween || parentOf(parent) === grandparent)) return;
    clearInterval(looking);
    gone();
  }, LOOK_MS).unref();
  return () => clearInterval(looking);
}

function isNpm(pid) {
  return statOf(pid)?.name.startsWith("npm") === true;
}

function parentOf(pid) {
  return statOf(pid)?.parent;
}

/** Linux only; undefined elsewhere. The name in brackets may hold brackets: proc(5). */
function statOf(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/**
 * Calls `result` once nobody reads stdout, and `all` once nobody reads stderr either, also while nothing is written.
 * Returns a function that stops looking. Linux only, and only for readers that this user may see: elsewhere the next
 * write tells.
 */
export function onUnread({ result, all }) {
  const [output, errors] = [pipeAt(1), pipeAt(2)];
  if (output === undefined) return () => {};
  const gone = new Set();
  const look = () => {
    for (const pipe of [output, errors]) if (pipe !== undefined && !gone.has(pipe) && !isRead(pipe)) gone.add(pipe);
    if (!gone.has(output)) return;
    result?.();
    if (errors === undefined || !gone.has(errors)) return;
    clearInterval(looking);
    all();
  };
  const looking = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(looking);
}

/** A pipe is known by its link; `reader` is a descriptor of the process that reads it, once it was found. */
function pipeAt(fd) {
  const link = linkOf(`/proc/self/fd/${fd}`);
  if (typeof link !== "string" || !link.startsWith("pipe:")) return undefined;
  return { link, reader: readerOf(link, onlyInput), searches: 0 };
}

/** No call of Node tells that a pipe has no reader; the kernel lists the descriptors of every process. */
function isRead(pipe) {
  if (pipe.reader === undefined) {
    if (pipe.searches === SEARCHES) return true; // another user's, or outside of this container
    pipe.searches += 1;
    pipe.reader = readerOf(pipe.link, entriesOf);
    return true;
  }
  const found = linkOf(pipe.reader);
  if (found === pipe.link || found === HIDDEN) return true;
  const next = readerOf(pipe.link, entriesOf);
  if (next === undefined) return false;
  pipe.reader = next;
  return true;
}

/** Almost every reader has the pipe as its input: a look at one descriptor of each process takes 3 ms, at all 30 ms. */
const onlyInput = () => ["0"];

const HIDDEN = Symbol("another user's");

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch ({ code }) {
    return code === "EACCES" ? HIDDEN : undefined;
  }
}

function readerOf(link, descriptorsIn) {
  for (const pid of entriesOf("/proc").filter((name) => /^\d+$/.test(name)))
    for (const fd of descriptorsIn(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`;
      if (linkOf(path) === link && isForReading(`/proc/${pid}/fdinfo/${fd}`)) return path;
    }
  return undefined;
}

function entriesOf(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // ended, or another user's
  }
}

/** The last octal digit of the flags is 0 for O_RDONLY: proc(5). */
function isForReading(path) {
  try {
    return /^flags:\s*\d*0$/m.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}
