/**
 * Subprocesses with a deadline: each leads its own process group, and the whole group ends with it.
 *
 * zx's `$` runs commands to their end and starts detached ones (captured.ts); execa runs children whose output is
 * followed (streamed.ts).
 */
import { commandOf, supervise } from "./child.ts";
import type { Environment } from "./child.ts";
import { cutLine } from "../core/printable.ts";

export interface RunOptions {
  /** After this time the whole process group is ended. */
  readonly timeoutMs: number;
  /** Ends it too. `undefined` in a call of `Host.run`: it runs to its end although the host's own signal has aborted. */
  readonly signal?: AbortSignal | undefined;
  /** From SIGTERM to SIGKILL, when the command is ended; 5 s if absent, and 2 s at most if `signal` aborts. */
  readonly graceMs?: number;
  /** The complete environment of the command; by default this process's, without what changes commands. */
  readonly env?: Environment;
  readonly cwd?: string;
  readonly input?: string;
  /** Receives the lines of stdout and stderr as they arrive. */
  readonly line?: (line: string) => void;
}

export interface RunResult {
  /** How the command ended. `absent`: there is no such command. */
  readonly ended: "exited" | "signalled" | "absent" | "deadline" | "aborted";
  /** True if it exited with 0. */
  readonly ok: boolean;
  /** -1 unless it exited by itself. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. Never rejects: failures are in the result. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted) return { ended: "aborted", ok: false, exitCode: -1, stdout: "", stderr: "" };
  const command = commandOf(argv, options);
  const { line } = options;
  const running =
    line === undefined
      ? await (await import("./captured.ts")).startCaptured(command)
      : await (await import("./streamed.ts")).startStreamed(command, line);
  const { outcome, reason } = await supervise(running, options);
  const { exitCode, signal, stdout, stderr, failure } = outcome;
  const ended = reason ?? (exitCode !== undefined ? "exited" : signal !== undefined ? "signalled" : "absent");
  return {
    ended,
    ok: ended === "exited" && exitCode === 0,
    exitCode: ended === "exited" ? (exitCode ?? -1) : -1,
    stdout,
    stderr: stderr + (ended === "absent" ? (failure ?? "") : ""),
  };
}

/** Returns the last `count` lines that are not empty, each cut if it is very long. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .map(cutLine);
}
