/** Runs the Docker client, for what Plumbline's ports do not offer. */
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

async function run(address: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: address };
  const result = await runCommand(["docker", ...args], { env, timeoutMs: DEADLINE_MS, ...(signal && { signal }) });
  if (result.ok) return result.stdout;
  throw new PlumblineError("BENCH_FAILED", {
    what: `docker ${args[0] ?? ""} failed`,
    why: lastLines(result.stderr, ERROR_LINES).join("\n") || result.ended,
    fix: "Run the command again; without --fault for this one if the machine cannot do it",
  });
}
