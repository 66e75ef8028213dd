/** Runs `colima` and `limactl`, and turns their output into errors that a person can act on. */
import { PlumblineError } from "../../core/errors.ts";
import type { Host } from "../../host/host.ts";
import { lastLines } from "../../host/run.ts";
import type { RunResult } from "../../host/run.ts";
import type { Place } from "./place.ts";

/** Deadlines of single commands, in ms. Lima itself may wait for ever. */
export interface Deadlines {
  /** The first start downloads an image and boots twice. */
  readonly createMs: number;
  readonly startMs: number;
  readonly stopMs: number;
  /** For commands that only read. */
  readonly askMs: number;
  /** From the end of `start` until the engine answers on the forwarded socket. */
  readonly engineMs: number;
}

export const DEADLINES: Deadlines = {
  createMs: 15 * 60_000,
  startMs: 10 * 60_000,
  stopMs: 2 * 60_000,
  askMs: 30_000,
  engineMs: 60_000,
};

const ERROR_LINES = 12;
const LOG_LINES = 5;

export interface ColimaCommand {
  /** Runs `colima <args>` and resolves how it ended. */
  colima(args: readonly string[], timeoutMs: number, options?: CommandOptions): Promise<RunResult>;
  limactl(args: readonly string[], timeoutMs: number): Promise<RunResult>;
}

export interface CommandOptions {
  readonly signal?: AbortSignal;
  readonly note?: (line: string) => void;
}

export function colimaCommand(host: Host, limaHome: string): ColimaCommand {
  return {
    colima: (args, timeoutMs, { signal, note } = {}) =>
      host.run(["colima", ...args], {
        timeoutMs,
        ...(signal ? { signal } : {}),
        ...(note ? { line: (line: string) => note(messageIn(line)) } : {}),
      }),
    limactl: (args, timeoutMs) =>
      host.run(["limactl", ...args], { timeoutMs, env: { ...host.env, LIMA_HOME: limaHome } }),
  };
}

/** `time="…" level=info msg="starting ..." context=vm` -> `starting ...`; other lines as they are. */
export function messageIn(line: string): string {
  const quoted = /\bmsg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  if (quoted === undefined) return line;
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

/** Returns MACHINE_FAILED or INTERRUPTED, with Colima's last output and the end of the logs that it points to. */
export async function machineError(host: Host, place: Place, what: string, result: RunResult, limitMs: number) {
  if (result.ended === "aborted") {
    return new PlumblineError("INTERRUPTED", {
      what,
      why: "it was interrupted",
      fix: "Run the same command again: it puts a half-made machine right first.",
    });
  }
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
    fix: remedy(outputOf(result), place),
    details: { profile: place.profile, ended: result.ended, log: logged },
  });
}

/** Error texts of Colima and Lima with a known remedy. */
const REMEDIES: readonly (readonly [pattern: RegExp, fix: string])[] = [
  [/must not run as the root user/, "Lima refuses root: run Plumbline as an ordinary user."],
  [/lima not found/, "Install Lima: `brew install lima`."],
  [/docker not found/, "Install the Docker client: `brew install docker docker-compose`."],
  [/qemu-img not found/, "Install QEMU: `brew install qemu`."],
  [/minimum Lima version/, "Update Lima: `brew upgrade lima`."],
  [/image download|DNS lookup failed/, "Check the network of this computer, then run the same command again."],
  [/UNIX_PATH_MAX/, "Set COLIMA_HOME to a folder with a shorter path, such as ~/.colima."],
  [/Could not access KVM/, "Let your user use KVM: `sudo usermod -aG kvm $USER`, then log in again."],
  [/no space left on device/i, "Make room on the disk of this computer, then run the same command again."],
];

function remedy(output: string, place: Place): string {
  const known = REMEDIES.find(([pattern]) => pattern.test(output));
  if (known) return known[1];
  return `Run the same command again; if it fails again: \`colima stop --force ${place.profile}\`, then try once more.`;
}
