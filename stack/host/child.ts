/** A running child process, started by zx or execa: its options, and how it ends. */
import type { ChildProcess } from "node:child_process";
import { startDeadline } from "./deadline.ts";
import { withoutForeign } from "./foreign-variables.mjs";
import { endGroup, endWithThisProcess, INTERRUPTED_GRACE_MS } from "./group.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The options for zx and execa. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly input: string | undefined;
  /** More output ends the command as `signalled`. */
  readonly maxOutputBytes: number;
}

/** A running child, and its outcome. */
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
  /** Why it could not be started. */
  readonly failure: string | undefined;
}

/** How long output is read after the command has exited: a daemon that it started may hold the pipes open forever. */
const DRAIN_MS = 1_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

interface CommandOptions {
  /** If absent, this process's environment without the variables that change what commands do. */
  readonly env?: Environment | undefined;
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
}

/** Throws without a command name: a mistake of the caller. */
export function commandOf(argv: readonly string[], options: CommandOptions): Command {
  const [name, ...args] = argv;
  if (name === undefined) throw new TypeError("a command needs a name");
  const { env = withoutForeign(process.env), cwd, input } = options;
  return { name, args, env: definedOnly(withoutMirrors(env)), cwd, input, maxOutputBytes: MAX_OUTPUT_BYTES };
}

/** The addresses of Debian's mirrors may have logins, which apt gets in a file: no command needs them. */
function withoutMirrors(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^PLUMBLINE_DEBIAN_.*MIRROR$/.test(name)));
}

export interface Limits {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The first signal; SIGTERM if absent. */
  readonly endWith?: NodeJS.Signals;
  /** From that signal to SIGKILL; 5 s if absent, and 2 s at most if `signal` aborts. */
  readonly graceMs?: number | undefined;
}

/** Waits for the end. At the deadline or the signal, ends the process group and still waits for the outcome. */
export async function supervise(
  { child, outcome }: Running,
  { timeoutMs, signal, endWith = "SIGTERM", graceMs }: Limits,
): Promise<{ readonly outcome: Outcome; readonly reason: "deadline" | "aborted" | undefined }> {
  let reason: "deadline" | "aborted" | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: "deadline" | "aborted", grace: number | undefined) => {
    reason ??= why;
    ending ??= endGroup(child?.pid, endWith, grace);
  };
  const late = () => end("deadline", graceMs);
  const abort = () => end("aborted", Math.min(graceMs ?? INTERRUPTED_GRACE_MS, INTERRUPTED_GRACE_MS));
  const forget = endWithThisProcess(child?.pid);
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
  forget();
  deadline?.forget();
  signal?.removeEventListener("abort", abort);
  return { outcome: result, reason };
}

function definedOnly(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
