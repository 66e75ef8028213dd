/** Runs the Docker client, for what Plumbline's ports do not offer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";
import type { Scene } from "./scene.ts";

const DEADLINE_MS = 60_000;
const ERROR_LINES = 5;
/** Finds everything that an experiment leaves: `docker ps --filter label=plumbline.detection`. */
export const LABEL = "plumbline.detection";

/** Returns stdout of `docker <args>` on the stack's engine. Rejects with BENCH_FAILED. */
export async function docker({ stack, signal }: Scene, args: readonly string[]): Promise<string> {
  return run(stack.world.engine.address, args, signal);
}

/** The same for undoing, which also runs after an interruption. */
export async function dockerAlways({ stack }: Scene, args: readonly string[]): Promise<string> {
  return run(stack.world.engine.address, args);
}

/** A command that goes on in the background. */
export interface Started {
  /** The first line that it printed. */
  readonly line: string;
  readonly gone: Promise<unknown>;
}

/** Starts `docker <args>` and resolves with its first line. It is not ended here: the caller sees to that. */
export async function dockerStarted({ stack }: Scene, args: readonly string[]): Promise<Started> {
  const env = { ...process.env, DOCKER_HOST: stack.world.engine.address };
  const child = spawn("docker", args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "close").catch(() => undefined);
  const ended = gone.then((): string => {
    throw failed(args, `it exited with ${child.exitCode} and printed nothing`);
  });
  const printed = once(child.stdout, "data").then(([chunk]: unknown[]) => String(chunk).trim());
  return { line: await Promise.race([printed, ended]), gone };
}

async function run(address: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: address };
  const result = await runCommand(["docker", ...args], { env, timeoutMs: DEADLINE_MS, ...(signal && { signal }) });
  if (result.ok) return result.stdout;
  throw failed(args, lastLines(result.stderr, ERROR_LINES).join("\n") || result.ended);
}

function failed([command = ""]: readonly string[], why: string): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: `docker ${command} failed`,
    why,
    fix: "Run the command again; without --fault for this one if the machine cannot do it",
  });
}
