/** `docker compose` version 2 or newer, as the client's plugin or as the separate program. */
import { tmpdir } from "node:os";
import { PlumblineError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Engine } from "../core/machine/engine.ts";
import { withoutForeign } from "../host/foreign-variables.mjs";
import { lastLines, runCommand } from "../host/run.ts";
import type { RunResult } from "../host/run.ts";
import { followCommand } from "../host/streamed.ts";
import type { Environment } from "./client.ts";

interface Found {
  readonly command: readonly string[];
  readonly version: string;
}

const VERSION_DEADLINE_MS = 15_000;
/** Lines of output that an error repeats. */
const ERROR_LINES = 20;

const COMMANDS: readonly (readonly string[])[] = [["docker", "compose"], ["docker-compose"]];

export interface Compose {
  /** Runs `docker compose <args>` with this engine; returns stdout. Rejects with COMPOSE_FAILED and the last lines. */
  run(args: readonly string[], options: ComposeOptions): Promise<string>;
  /** Runs `docker compose <args>` and forwards its output until it ends or the signal fires. */
  follow(args: readonly string[], options: FollowOptions): Promise<void>;
  /** Resolves to undefined if no version 2 or newer is installed. */
  version(): Promise<string | undefined>;
}

export interface ComposeOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
  /** Receives output lines as they arrive. */
  readonly line?: (line: string) => void;
}

export interface FollowOptions {
  /** Ends the command as Ctrl-C does, which is not a failure. */
  readonly signal: AbortSignal;
  /** If absent, the command runs until the signal fires. */
  readonly timeoutMs?: number;
  /** Receives stdout, and stays open. */
  readonly output: NodeJS.WritableStream;
  /** Receives stderr, and stays open. */
  readonly errors: NodeJS.WritableStream;
}

/** Returns Compose for one engine. Compose is found once, at the first call. */
export function openCompose({ address, ping }: Pick<Engine, "address" | "ping">, env: Environment): Compose {
  const environment = { ...clientEnvironment(address, env), COMPOSE_ANSI: "never", COMPOSE_PROGRESS: "plain" };
  let known: Promise<Found | undefined> | undefined;
  const find = async () => {
    known ??= findCompose(environment);
    const found = await known;
    if (!found) known = undefined; // it may be installed before the next call
    return found;
  };
  const command = async (args: readonly string[]) => {
    const found = await find();
    if (!found) throw noCompose();
    return [...found.command, ...args];
  };
  return {
    version: async () => (await find())?.version,
    run: async (args, options) => {
      const result = await runCommand(await command(args), { ...options, env: environment });
      if (result.ok) return result.stdout;
      if (result.ended !== "aborted") await ping(); // if the engine is gone, that is the cause, and the better message
      throw composeError(args, result, options.timeoutMs);
    },
    follow: async (args, options) => {
      // Another directory, so that no other compose file in the current folder or above it is used.
      const where = { cwd: tmpdir(), env: environment, endWith: "SIGINT" } as const;
      const { ended, exitCode } = await followCommand(await command(args), { ...options, ...where });
      if (ended !== "aborted" && exitCode !== 0) throw followError(args, ended, exitCode);
    },
  };
}

/** Returns the first one with version 2 or newer. Version 1 (Python) cannot read current compose files. */
async function findCompose(env: Environment): Promise<Found | undefined> {
  for (const command of COMMANDS) {
    const result = await runCommand([...command, "version", "--short"], { timeoutMs: VERSION_DEADLINE_MS, env });
    const version = /^v?(\d+)\.\S+/.exec(result.stdout.trim());
    if (result.ok && version && Number(version[1]) >= 2) return { command, version: version[0].replace(/^v/, "") };
  }
  return undefined;
}

/**
 * Returns the environment of Docker's client and Compose for one engine. Its address alone decides: no context, no
 * certificates for a socket of this computer, and nothing that a person's shell adds.
 */
export function clientEnvironment(address: string, env: Environment): Environment {
  const { DOCKER_CONTEXT: _context, DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: path, ...own } = withoutForeign(env);
  const tls = address.startsWith("unix:") ? {} : { DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: path };
  return { ...own, ...tls, DOCKER_HOST: address };
}

function noCompose(): PlumblineError {
  return new PlumblineError("COMPOSE_FAILED", {
    what: "Could not run docker compose",
    why: "neither `docker compose` nor `docker-compose`, version 2 or newer, is installed",
    fix: "Run `npm run up`, which installs it, or install Docker Compose 2 by hand.",
  });
}

function followError(args: readonly string[], ended: RunResult["ended"], exitCode: number): PlumblineError {
  const how = ended === "exited" ? `exit code ${exitCode}` : ended;
  return new PlumblineError("COMPOSE_FAILED", {
    what: `docker compose ${verbOf(args)} failed`,
    why: `it ended with ${how}; its output above says why`,
    fix: "Run it again; with --json the engine itself is asked",
  });
}

function composeError(args: readonly string[], result: RunResult, timeoutMs: number): PlumblineError {
  const lines = lastLines(`${result.stdout}\n${result.stderr}`, ERROR_LINES);
  const text = lines.join("\n");
  const { code, fix } = classify(result, text);
  const reason = result.ended === "deadline" ? `it did not end within ${timeoutMs / 1000} s\n${text}` : text;
  return new PlumblineError(code, {
    what: `docker compose ${verbOf(args)} failed`,
    why: reason.trim() || `exit code ${result.exitCode}`,
    fix,
    details: { args, exitCode: result.exitCode, lines },
  });
}

/** Returns "up" for `["-f", "compose.yaml", "up", "-d"]`. */
function verbOf(args: readonly string[]): string {
  return args.find((arg) => /^[a-z]+$/.test(arg)) ?? "";
}

function classify(result: RunResult, text: string): { readonly code: ErrorCode; readonly fix: string } {
  if (result.ended === "aborted") return { code: "INTERRUPTED", fix: "Run the same command again: it continues." };
  if (/no space left on device/i.test(text)) {
    return {
      code: "DISK_FULL",
      fix: "Make room where the engine keeps its data: `docker system df` shows what takes it.",
    };
  }
  if (/port is already allocated|address already in use/i.test(text)) {
    return { code: "PORT_TAKEN", fix: "End the process that listens there, or give the profile another `portOffset`." };
  }
  return { code: "COMPOSE_FAILED", fix: "The last lines above say what Compose refused; correct it and run again." };
}
