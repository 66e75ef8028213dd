/** Runs `colima` and `limactl`, and turns their output into errors that a person can act on. */
import { PlumblineError } from "../../core/errors.ts";
import type { Host } from "../../host/host.ts";
import { lastLines } from "../../host/run.ts";
import type { RunResult } from "../../host/run.ts";
import type { Place } from "./place.ts";
import { remedyFor } from "./remedy.ts";

/** Deadlines of single commands, in ms. Lima itself may wait for ever. */
export interface Deadlines {
  /** The first start downloads an image and boots twice. */
  readonly createMs: number;
  readonly startMs: number;
  readonly stopMs: number;
  /** For Lima's `stop --force`, which asks nobody. */
  readonly forceMs: number;
  /** For commands that only read records of this computer, or that must have an answer from a guest that just started. */
  readonly askMs: number;
  /** For a look into a guest that is expected to answer. */
  readonly lookMs: number;
  /** After this time without an answer to an empty command a guest counts as hanging, before it is stopped. */
  readonly answerMs: number;
  /** The same for a look that changes nothing: it may be wrong about a slow guest. */
  readonly glanceMs: number;
  /** From the end of `start` until the engine answers on the forwarded socket. */
  readonly engineMs: number;
}

export const DEADLINES: Deadlines = {
  createMs: 15 * 60_000,
  startMs: 10 * 60_000,
  stopMs: 2 * 60_000,
  forceMs: 30_000,
  askMs: 30_000,
  lookMs: 10_000,
  answerMs: 15_000,
  glanceMs: 3_000,
  engineMs: 60_000,
};

const ERROR_LINES = 12;
const LOG_LINES = 5;
/** From SIGTERM to SIGKILL: an interrupted command has to end within 5 s. */
const GRACE_MS = 1_500;

export interface ColimaCommand {
  /** Runs `colima <args>` and resolves how it ended. Rejects with INTERRUPTED once the run is aborted. */
  colima(args: readonly string[], timeoutMs: number, note?: (line: string) => void): Promise<RunResult>;
  /** The same for `limactl`. */
  limactl(args: readonly string[], timeoutMs: number): Promise<RunResult>;
}

export function colimaCommand(host: Host, { profile, limaHome }: Place, signal?: AbortSignal): ColimaCommand {
  const run: Host["run"] = async (argv, options) => {
    // Without a signal it runs although the host's has aborted: an interrupted start asks what runs on.
    const result = await host.run(argv, { ...options, signal, graceMs: GRACE_MS });
    if (result.ended === "aborted") throw interruptedMachine(profile);
    return result;
  };
  return {
    colima: (args, timeoutMs, note) =>
      run(["colima", ...args], { timeoutMs, ...(note ? { line: (line: string) => note(messageIn(line)) } : {}) }),
    limactl: (args, timeoutMs) => run(["limactl", ...args], { timeoutMs, env: { ...host.env, LIMA_HOME: limaHome } }),
  };
}

/** Returns INTERRUPTED. `left`: what runs on. */
export function interruptedMachine(profile: string, left?: string, cause?: unknown): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: `The machine ${profile} is not ready`,
    why: ["the work on it was interrupted", ...(left === undefined ? [] : [left])].join("; "),
    fix: "Run the same command again: it puts a half-made machine right first.",
    cause,
  });
}

/**
 * `time="…" level=info msg="starting ..." context=vm` -> `starting ...`; other lines as they are. The log leaves a value
 * without spaces bare (`msg=done`), and a line of Lima may be the value of a line of Colima.
 */
export function messageIn(line: string): string {
  const [, quoted, bare] = /\bmsg=(?:("(?:[^"\\]|\\.)*")|(\S+))/.exec(line) ?? [];
  const message = (quoted === undefined ? (bare ?? line) : unquoted(quoted)).replace(/^\[hostagent\] /, "");
  return message !== line && /\blevel=\w+ msg=/.test(message) ? withoutFields(message) : message;
}

/** A text in which log lines are quoted: "output: time=… level=fatal msg=…" -> "output: …". */
function withoutFields(text: string): string {
  return text.replace(/time="[^"]*" level=\w+ msg=("(?:[^"\\]|\\.)*"|\S+)/g, (_all, value: string) =>
    value.startsWith('"') ? unquoted(value) : value,
  );
}

function unquoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Returns all output of the command, to search for a known text. */
export function outputOf(result: RunResult): string {
  return `${result.stdout}\n${result.stderr}`;
}

/** Returns MACHINE_FAILED, with Colima's last output and the end of the logs that it points to. */
export async function machineError(host: Host, place: Place, what: string, result: RunResult, limitMs: number) {
  const said = lastLines(outputOf(result), ERROR_LINES).map(messageIn).join("\n");
  const late = `it did not end within ${limitMs / 1000} s, and was ended with everything that it had started`;
  const reason = result.ended === "deadline" ? `${late}\n${said}` : said || `exit code ${result.exitCode}`;
  const logged: string[] = [];
  for (const path of place.logs) {
    const text = await host.read(path);
    if (text) logged.push(`${path}:`, ...lastLines(text, LOG_LINES));
  }
  return new PlumblineError("MACHINE_FAILED", {
    what,
    why: [reason.trim(), ...logged].join("\n"),
    fix: remedyFor(outputOf(result), host, place),
    details: { profile: place.profile, ended: result.ended, log: logged },
  });
}
