/**
 * Subprocesses with a deadline: each leads a process group of its own, and the whole group ends with it.
 *
 * The rule: a command that runs to its end, or that is started and left, goes by zx's `$` (captured.ts); a child that is
 * followed while it runs goes by execa (streamed.ts).
 */
import { commandOf, supervise } from "./child.ts";
import type { Environment } from "./child.ts";

export interface RunOptions {
  /** The whole process group is ended when this time is over. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The complete environment of the command; this process's own where it is absent. */
  readonly env?: Environment;
  readonly cwd?: string;
  readonly input?: string;
  /** Receives the lines of stdout and stderr as they come. */
  readonly line?: (line: string) => void;
}

export interface RunResult {
  /** How it ended. `absent`: there is no such command. */
  readonly ended: "exited" | "signalled" | "absent" | "deadline" | "aborted";
  /** True when it exited with 0. */
  readonly ok: boolean;
  /** -1 unless it exited by itself. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. Never rejects: whatever happened is in the result. */
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

/** The last `count` lines that are not empty. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-count);
}
