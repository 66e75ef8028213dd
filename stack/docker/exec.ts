/** Runs commands in a running container. */
import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { PlumblineError } from "../core/errors.ts";
import type { ExecOptions, ExecResult } from "../core/machine/exec.ts";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { demultiplex } from "./demultiplex.ts";
import { unreachable } from "./refusal.ts";

/** Default deadline of a command. */
const EXEC_DEADLINE_MS = 60_000;
/** From the end of the output until the engine reports the exit code. */
const EXIT_CODE_DEADLINE_MS = 2_000;
const EXIT_CODE_POLL_MS = 10;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs a command to its end. Rejects with SERVICE_NOT_READY at its deadline, and with SERVICE_EXITED if the container
 * does not run.
 */
export async function execIn(
  client: Client,
  containerId: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const what = `run ${argv[0] ?? "a command"} in container ${containerId.slice(0, 12)}`;
  const deadlineMs = options.timeoutMs ?? EXEC_DEADLINE_MS;
  const hasInput = options.stdin !== undefined || options.signal !== undefined;
  const exec = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.getContainer(containerId).exec({
      Cmd: [...argv],
      AttachStdin: hasInput,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.user === undefined ? {} : { User: options.user }),
      abortSignal,
    }),
  );
  const stream = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    exec.start({ hijack: true, stdin: hasInput, abortSignal }),
  );
  const raw = await client.call("container", what, deadlineMs + QUICK_DEADLINE_MS, () =>
    collect(stream, what, deadlineMs, options),
  );
  const exitCode = await exitCodeOf(client, exec, what);
  const { stdout, stderr } = demultiplex(raw);
  return { exitCode, stdout, stderr };
}

/** Writes stdin, closes that half unless a signal keeps it open, and reads the output to its end. */
function collect(stream: Duplex, what: string, deadlineMs: number, { stdin, signal }: ExecOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (why: string) => {
      const fix = "Give the service time to finish what it does, then run the same command again.";
      reject(new PlumblineError("SERVICE_NOT_READY", { what: `Could not ${what}`, why, fix }));
      stream.destroy();
    };
    const timer = setTimeout(() => fail(`it did not end within ${deadlineMs / 1000} s`), deadlineMs);
    const abort = () => {
      reject(signal?.reason);
      stream.destroy();
    };
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) fail(`it wrote more than ${MAX_OUTPUT_BYTES} bytes`);
    });
    stream.on("error", reject);
    stream.once("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve(Buffer.concat(chunks));
    });
    stream.once("end", () => stream.destroy());
    if (signal?.aborted) abort();
    else if (signal) {
      signal.addEventListener("abort", abort, { once: true });
      if (stdin !== undefined) stream.write(stdin);
    } else if (stdin !== undefined) stream.end(stdin);
  });
}

async function exitCodeOf(client: Client, exec: Docker.Exec, what: string): Promise<number> {
  const until = Date.now() + EXIT_CODE_DEADLINE_MS;
  for (;;) {
    const state = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
      exec.inspect({ abortSignal }),
    );
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    if (Date.now() > until) {
      throw unreachable(client.address, what, "the connection closed before the command ended");
    }
    await new Promise((resolve) => {
      setTimeout(resolve, EXIT_CODE_POLL_MS);
    });
  }
}
