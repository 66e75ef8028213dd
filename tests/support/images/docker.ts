/** The docker client for tests of images: commands, containers of a test, and waiting for what they print. */
import { runCommand } from "../../../stack/host/run.ts";

const COMMAND_DEADLINE_MS = 60_000;
const WAIT_MS = 100;

/** What a command prints; rejects with its last words where it fails. */
export async function command(argv: readonly string[], timeoutMs = COMMAND_DEADLINE_MS): Promise<string> {
  const result = await runCommand(argv, { timeoutMs });
  if (!result.ok) throw new Error(`${argv.slice(0, 4).join(" ")}: ${result.ended} ${result.stderr || result.stdout}`);
  return result.stdout;
}

export function docker(...args: readonly string[]): Promise<string> {
  return command(["docker", ...args]);
}

/** Output and errors of a container so far. */
export async function logs(container: string): Promise<string> {
  const { stdout, stderr } = await runCommand(["docker", "logs", container], { timeoutMs: COMMAND_DEADLINE_MS });
  return stdout + stderr;
}

export async function state(container: string): Promise<{ readonly running: boolean; readonly exitCode: number }> {
  const text = await docker("inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", container);
  const [running, exitCode] = text.trim().split(" ");
  return { running: running === "true", exitCode: Number(exitCode) };
}

/** Waits until the container has ended, and answers how. */
export async function ended(container: string): Promise<{ readonly exitCode: number; readonly logs: string }> {
  const exitCode = Number((await docker("wait", container)).trim());
  return { exitCode, logs: await logs(container) };
}

/** Waits until a command in the container succeeds; rejects at once when the container ends. */
export async function eventually(container: string, argv: readonly string[], deadlineMs: number): Promise<string> {
  const until = Date.now() + deadlineMs;
  let last = "";
  while (Date.now() < until) {
    const result = await runCommand(["docker", "exec", container, ...argv], { timeoutMs: COMMAND_DEADLINE_MS });
    if (result.ok) return result.stdout;
    last = result.stderr + result.stdout;
    if (!(await state(container)).running) throw new Error(`${container} ended: ${await logs(container)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, WAIT_MS);
    });
  }
  throw new Error(`${argv.join(" ")} did not succeed within ${deadlineMs} ms: ${last}\n${await logs(container)}`);
}
