/** Runs commands to their end, with zx's `$`. */
import { spawn } from "node:child_process";
import type { SpawnOptions, StdioOptions } from "node:child_process";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { ProcessPromise } from "zx/core";
import { commandOf } from "./child.ts";
import type { Command, Environment, Outcome, Running } from "./child.ts";
import { makeFolder, OPEN_FOLDER } from "./folders.ts";
import { endGroup } from "./group.ts";

/** The chunks of output, as zx collects them. */
interface Store {
  stdout: (string | Buffer)[];
  stderr: (string | Buffer)[];
  stdall: (string | Buffer)[];
}

/** Starts a command and keeps its output. */
export async function startCaptured(command: Command): Promise<Running> {
  const store: Store = { stdout: [], stderr: [], stdall: [] };
  const { running } = await start(command, [command.input === undefined ? "ignore" : "pipe", "pipe", "pipe"], store);
  running.child?.stdin?.on("error", () => {}); // it may end before it has read its input
  if (running.child) limitOutput(running.child, command.maxOutputBytes);
  return { child: running.child, outcome: outcomeOf(running, store) };
}

/** Starts a process that outlives this one and appends its output to the file `log`; returns its process id. */
export async function launchDetached(
  argv: readonly string[],
  log: string,
  env: Environment,
): Promise<number | undefined> {
  await makeFolder(dirname(log), OPEN_FOLDER);
  const output = await open(log, "a", 0o600);
  try {
    const { running } = await start(commandOf(argv, { env }), ["ignore", output.fd, output.fd]);
    running.child?.unref();
    return running.pid; // undefined for an absent command; the caller notices that nothing answers
  } finally {
    await output.close();
  }
}

/**
 * Starts without a shell: a shell adds its own variables (`PWD`, `SHLVL`, `_`), drops variables with names that it does
 * not accept, and hides an absent command behind exit code 127. zx's `timeout` and `kill` are not used: they need `ps`,
 * which small systems lack, and send one signal without a grace.
 */
async function start(
  { name, args, env, cwd, input }: Command,
  stdio: StdioOptions,
  store?: Store,
): Promise<{ readonly running: ProcessPromise }> {
  const { $, quote } = await import("zx/core"); // 25 ms: only commands that run something pay for it
  const running = $({
    shell: true, // zx needs a value before it calls `spawn`
    quote,
    spawn: withoutShell(name, args),
    env: { ...env },
    detached: true, // its own process group, so that ending it also ends what it started
    nothrow: true,
    quiet: true,
    stdio,
    ...(store === undefined ? {} : { store }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
  })`${name} ${args}`;
  return { running }; // wrapped, because returning it directly would await its end
}

/** Returns a `spawn` that starts the program itself, where zx would start a shell with a line of text. */
function withoutShell(name: string, args: readonly string[]): typeof spawn {
  return new Proxy(spawn, {
    apply: (target, self, [, , options]: [unknown, unknown, SpawnOptions]) =>
      Reflect.apply(target, self, [name, args, { ...options, shell: false }]),
  });
}

async function outcomeOf(running: ProcessPromise, store: Store): Promise<Outcome> {
  const { exitCode, signal, cause } = await running;
  const failure = cause instanceof Error ? cause.message : undefined;
  return {
    exitCode: failure === undefined ? (exitCode ?? undefined) : undefined,
    signal: signal ?? undefined,
    stdout: textOf(store.stdout),
    stderr: textOf(store.stderr),
    failure,
  };
}

/** zx joins chunks as text, which breaks a character that is split over two chunks. */
function textOf(pieces: readonly (string | Buffer)[]): string {
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece))).toString();
}

type Child = NonNullable<Running["child"]>;

function limitOutput(child: Child, maxBytes: number): void {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) return;
    void endGroup(child.pid, "SIGTERM");
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  child.stdout?.on("data", count);
  child.stderr?.on("data", count);
}
