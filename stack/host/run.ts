/** Subprocesses with a deadline: each leads a process group of its own, and the whole group ends with it. */
import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

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

/** From SIGTERM to SIGKILL. */
const TERMINATION_GRACE_MS = 5_000;
/** How long output is still read after the command has exited: a daemon that it left may hold the pipes open for ever. */
const DRAIN_MS = 1_000;
/** Output kept of one command; what is more ends it. */
const MAX_OUTPUT_CHARACTERS = 64 * 1024 * 1024;

/** Runs a command to its end. Never rejects: whatever happened is in the result. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  const [command, ...args] = argv;
  if (command === undefined) throw new TypeError("a command needs a name");
  if (options.signal?.aborted) return { ended: "aborted", ok: false, exitCode: -1, stdout: "", stderr: "" };
  const { execa } = await import("execa");
  const child = execa(command, args, {
    detached: true, // a process group of its own, so that `end` reaches what the command starts
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT_CHARACTERS,
    extendEnv: false,
    env: definedOnly(options.env ?? process.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    stdout: linesTo(options.line),
    stderr: linesTo(options.line),
  });

  let reason: "deadline" | "aborted" | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: "deadline" | "aborted") => {
    reason ??= why;
    ending ??= endGroup(child.pid);
  };
  const timer = setTimeout(end, options.timeoutMs, "deadline");
  const abort = () => end("aborted");
  options.signal?.addEventListener("abort", abort, { once: true });
  child.once("exit", () => {
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, DRAIN_MS).unref();
  });
  const result = await child;
  await ending;
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", abort);

  const { exitCode, signal, stdout, stderr } = result;
  const ended = reason ?? (exitCode !== undefined ? "exited" : signal !== undefined ? "signalled" : "absent");
  const why = ended === "absent" && "originalMessage" in result ? result.originalMessage : "";
  return {
    ended,
    ok: ended === "exited" && exitCode === 0,
    exitCode: ended === "exited" ? (exitCode ?? -1) : -1,
    stdout: textOf(stdout),
    stderr: textOf(stderr) + why,
  };
}

/** Starts a process that outlives this one, with its output appended to the file `log`; answers its process id. */
export async function launchDetached(
  argv: readonly string[],
  log: string,
  env: Environment,
): Promise<number | undefined> {
  const [command, ...args] = argv;
  if (command === undefined) throw new TypeError("a command needs a name");
  await mkdir(dirname(log), { recursive: true });
  const output = await open(log, "a", 0o600);
  try {
    const child = spawn(command, args, {
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
      env: definedOnly(env),
    });
    child.once("error", () => {}); // an absent command has no pid; the caller sees that nothing answers
    child.unref();
    return child.pid;
  } finally {
    await output.close();
  }
}

/** The last `count` lines that are not empty. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

async function endGroup(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  const until = Date.now() + TERMINATION_GRACE_MS;
  while (Date.now() < until && signalGroup(pid, 0)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  signalGroup(pid, "SIGKILL");
}

/** False when no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function linesTo(line: ((line: string) => void) | undefined) {
  if (!line) return "pipe" as const;
  return function* (text: unknown) {
    if (typeof text === "string") line(text);
    yield text;
  };
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : "";
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
