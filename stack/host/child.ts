/** A child process that runs, whoever started it: what it is told, and how it ends. */
import type { ChildProcess } from "node:child_process";
import { startDeadline } from "./deadline.ts";
import { endGroup } from "./group.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What zx and execa are told. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly input: string | undefined;
  /** Output beyond this ends the command as `signalled`. */
  readonly maxOutputBytes: number;
}

/** A child that runs, and what became of it. */
export interface Running {
  readonly child: ChildProcess | undefined;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was not started. */
  readonly failure: string | undefined;
}

/** How long output is still read after the command has exited: a daemon that it left may hold the pipes open for ever. */
const DRAIN_MS = 1_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

interface CommandOptions {
  /** This process's own where it is absent. */
  readonly env?: Environment | undefined;
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
}

/** Throws where there is no name: a mistake of the caller. */
export function commandOf(argv: readonly string[], options: CommandOptions): Command {
  const [name, ...args] = argv;
  if (name === undefined) throw new TypeError("a command needs a name");
  const { env = process.env, cwd, input } = options;
  return { name, args, env: definedOnly(env), cwd, input, maxOutputBytes: MAX_OUTPUT_BYTES };
}

export interface Limits {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The first signal; SIGTERM where it is absent. */
  readonly endWith?: NodeJS.Signals;
}

/** Waits for the end; at the deadline or the signal the group is ended, and the outcome is waited for all the same. */
export async function supervise(
  { child, outcome }: Running,
  { timeoutMs, signal, endWith = "SIGTERM" }: Limits,
): Promise<{ readonly outcome: Outcome; readonly reason: "deadline" | "aborted" | undefined }> {
  let reason: "deadline" | "aborted" | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: "deadline" | "aborted") => {
    reason ??= why;
    ending ??= endGroup(child?.pid, endWith);
  };
  const late = () => end("deadline");
  const abort = () => end("aborted");
  const deadline = timeoutMs === undefined ? undefined : startDeadline(timeoutMs);
  deadline?.signal.addEventListener("abort", late, { once: true });
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  child?.once("exit", () => {
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, DRAIN_MS).unref();
  });
  const result = await outcome;
  await ending;
  deadline?.forget();
  signal?.removeEventListener("abort", abort);
  return { outcome: result, reason };
}

function definedOnly(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
