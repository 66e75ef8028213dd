/** The end of this process, also while its threads or the readers of its output hang. */
import { EXIT, type ExitCode } from "../../../stack/core/errors.ts";

/** Long enough for clients to close their connections, too short to be noticed. */
const GOODBYE_MS = 200;
/** After an interruption a reader that does not read must not keep the process. */
const FLUSH_MS = 500;

/** Work of Node's thread pool, which `process.exit` waits for: a file of a dead server, a name that nobody resolves. */
const POOLED = new Set(["FSReqCallback", "FSReqPromise", "GetAddrInfoReqWrap", "GetNameInfoReqWrap"]);

/**
 * Ends the process soon, once its output is written: a client that still waits for a server must not keep a finished
 * command alive.
 */
export function leaveSoon({ interrupted }: { readonly interrupted: boolean }): void {
  const now = () => (interrupted ? leave(EXIT.interrupted, process.exitCode) : process.exit());
  process.stdout.write("", () => process.stderr.write("", () => setTimeout(now, GOODBYE_MS).unref()));
  if (interrupted) setTimeout(now, FLUSH_MS + GOODBYE_MS).unref();
}

/** An ordinary request for a file takes less. */
const POOL_MS = 100;
const POOL_POLL_MS = 10;

/**
 * Ends a process at once that is interrupted, or that nobody reads any more. `process.exit` would wait for a hanging
 * thread for ever; then it ends as by Ctrl-C, which is 130 for a shell too.
 */
export function leave(
  exitCode: ExitCode,
  wanted: NodeJS.Process["exitCode"] = exitCode,
  untilMs = performance.now() + POOL_MS,
): void {
  if (!process.getActiveResourcesInfo().some((kind) => POOLED.has(kind))) process.exit(wanted);
  if (performance.now() < untilMs) {
    setTimeout(() => leave(exitCode, wanted, untilMs), POOL_POLL_MS);
    return;
  }
  process.emit("exit", exitCode); // child processes and locks are released there
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}
