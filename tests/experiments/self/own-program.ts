/** Programs of the experiments that run in a process of their own. */
import { fileURLToPath } from "node:url";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ERROR_LINES = 15;

/** Runs a program of this project with one argument, as JSON; resolves what it prints. Rejects with BENCH_FAILED. */
export async function printedBy(
  program: string,
  argument: unknown,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<string> {
  const argv = [process.execPath, "scripts/bootstrap.mjs", program, JSON.stringify(argument)];
  const result = await runCommand(argv, { cwd: ROOT, timeoutMs: deadlineMs, signal });
  signal.throwIfAborted();
  if (result.ok) return result.stdout;
  throw new PlumblineError("BENCH_FAILED", {
    what: "A run of the experiment failed",
    why: lastLines(result.stderr, ERROR_LINES).join("\n") || result.ended,
    fix: "See what is wrong, and run the command again",
  });
}
