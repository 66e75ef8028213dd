/** The port to this computer: about ten methods, used by runtimes and provisioning. */
import { constants } from "node:fs";
import { access, chmod, lstat, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { cpus, homedir, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { isatty } from "node:tty";
import { bytes } from "../core/units.ts";
import type { Bytes } from "../core/units.ts";
import { interrupted } from "./deadline.ts";
import { makeFolder, OPEN_FOLDER } from "./folders.ts";
import { withoutForeign } from "./foreign-variables.mjs";
import { runCommand } from "./run.ts";
import type { RunOptions, RunResult } from "./run.ts";

/** This computer, or a fake of it. Absence is a result: no method rejects because something is absent. */
export interface Host {
  readonly platform: "darwin" | "linux" | "other";
  /** Node's name: "x64", "arm64". */
  readonly architecture: string;
  readonly cpus: number;
  readonly memory: Bytes;
  readonly home: string;
  readonly isRoot: boolean;
  /** True if a person can answer questions on this terminal. */
  readonly hasTerminal: boolean;
  /** Without the variables that change what commands do: foreign-variables.mjs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Runs a command in its own process group until its deadline. A failed command is a result, not a rejection. One that
   * the host's own signal ended says nothing about what was asked: that rejects with INTERRUPTED.
   */
  run(argv: readonly string[], options: RunOptions): Promise<RunResult>;
  /** Starts a process that outlives this one; its output goes to `log`. Resolves to its process id. */
  launch(argv: readonly string[], log: string): Promise<number | undefined>;
  /** Resolves to the path of an executable on PATH. */
  which(command: string): Promise<string | undefined>;
  read(path: string): Promise<string | undefined>;
  /** Creates missing parent folders. */
  write(path: string, text: string, mode?: number): Promise<void>;
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  kind(path: string): Promise<"file" | "folder" | "socket" | "link" | "absent">;
  /** Replaces whatever is at `path`. */
  link(target: string, path: string): Promise<void>;
  remove(path: string): Promise<void>;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Returns the port to the computer that this process runs on. Once `signal` aborts, the commands that it runs are ended,
 * and no other is started, except those that have a signal of their own, or `undefined` for one.
 */
export function realHost(
  surroundings: Readonly<Record<string, string | undefined>> = process.env,
  signal?: AbortSignal,
): Host {
  const env = withoutForeign(surroundings);
  return {
    platform: process.platform === "darwin" || process.platform === "linux" ? process.platform : "other",
    architecture: process.arch,
    cpus: cpus().length,
    memory: bytes(totalmem()),
    home: env["HOME"] ?? homeOfUser(),
    isRoot: process.getuid?.() === 0,
    hasTerminal: isatty(0) && isatty(2),
    env,
    run: async (argv, options) => {
      const result = await runCommand(argv, { env, signal, ...options });
      if (result.ended === "aborted" && signal?.aborted && !("signal" in options)) throw interrupted(signal);
      return result;
    },
    launch: async (argv, log) => (await import("./captured.ts")).launchDetached(argv, log, env),
    which: (command) => which(command, env["PATH"] ?? ""),
    read: (path) => orAbsent(readFile(path, "utf8"), undefined),
    write: async (path, text, mode = 0o644) => {
      await makeFolder(dirname(path), OPEN_FOLDER);
      await writeFile(path, text, { mode });
      await chmod(path, mode);
    },
    makeFolder: (path) => makeFolder(path, OPEN_FOLDER),
    list: (folder) => orAbsent(readdir(folder), []),
    kind,
    link: async (target, path) => {
      await makeFolder(dirname(path), OPEN_FOLDER);
      await rm(path, { force: true });
      await symlink(target, path);
    },
    remove: (path) => rm(path, { force: true, recursive: true }),
    sleep,
  };
}

/** A user id without an entry in the system's list of users, as in containers, has no home. */
function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    return "/";
  }
}

async function which(command: string, path: string): Promise<string | undefined> {
  const candidates = command.includes("/") ? [command] : path.split(delimiter).map((folder) => join(folder, command));
  for (const candidate of candidates) {
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

async function kind(path: string): ReturnType<Host["kind"]> {
  const stats = await orAbsent(lstat(path), undefined);
  if (!stats) return "absent";
  if (stats.isSymbolicLink()) return "link";
  if (stats.isDirectory()) return "folder";
  return stats.isSocket() ? "socket" : "file";
}

/**
 * Resolves to the answer, or to `absent` for a path that does not exist or is no folder; other errors are passed on.
 */
async function orAbsent<T, U>(answer: Promise<T>, absent: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR") || isErrno(error, "EACCES")) return absent;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  await after(durationMs, undefined, signal ? { signal } : {});
}
