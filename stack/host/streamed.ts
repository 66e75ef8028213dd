/** Runs children whose output is followed, with execa. */
import { commandOf, supervise } from "./child.ts";
import type { Command, Environment, Limits, Outcome, Running } from "./child.ts";
import type { RunResult } from "./run.ts";

/** Starts a command, keeps its output, and passes it on line by line. */
export async function startStreamed(command: Command, line: (line: string) => void): Promise<Running> {
  const { execa } = await import("execa"); // 80 ms: only commands that stream pay for it
  const { name, args, env, cwd, input, maxOutputBytes } = command;
  const child = execa(name, args, {
    ...GROUP,
    stripFinalNewline: false,
    maxBuffer: maxOutputBytes,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    stdout: linesTo(line),
    stderr: linesTo(line),
  });
  return { child, outcome: outcomeOf(child) };
}

/**
 * The child leads its own group, so that ending it also ends what it started. Failures are outcomes; execa adds no
 * variables.
 */
const GROUP = { detached: true, reject: false, extendEnv: false } as const;

export interface FollowOptions extends Limits {
  readonly env?: Environment;
  readonly cwd?: string;
  /** Receives stdout, and stays open. */
  readonly output: NodeJS.WritableStream;
  /** Receives stderr, and stays open. */
  readonly errors: NodeJS.WritableStream;
}

/** Runs a command and forwards its output without keeping it. Never rejects. */
export async function followCommand(
  argv: readonly string[],
  options: FollowOptions,
): Promise<Pick<RunResult, "ended" | "exitCode">> {
  const { name, args, env, cwd } = commandOf(argv, options);
  const { execa } = await import("execa");
  const child = execa(name, args, {
    ...GROUP,
    buffer: false,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  child.stdout.pipe(options.output, { end: false });
  child.stderr.pipe(options.errors, { end: false });
  const { outcome, reason } = await supervise({ child, outcome: outcomeOf(child) }, options);
  const ended = reason ?? (outcome.exitCode !== undefined ? "exited" : outcome.signal ? "signalled" : "absent");
  return { ended, exitCode: ended === "exited" ? (outcome.exitCode ?? -1) : -1 };
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly originalMessage?: string | undefined;
}

async function outcomeOf(child: Promise<Ended>): Promise<Outcome> {
  const { exitCode, signal, stdout, stderr, originalMessage } = await child;
  return { exitCode, signal, stdout: textOf(stdout), stderr: textOf(stderr), failure: originalMessage };
}

function linesTo(line: (line: string) => void) {
  return function* (text: unknown) {
    if (typeof text === "string") line(text);
    yield text;
  };
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : "";
}
