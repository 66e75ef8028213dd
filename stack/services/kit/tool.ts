/** Runs a load tool of the server's image inside the server's container. The tool never outlives its caller. */
import { messageOf } from "../../core/errors.ts";
import type { Target } from "../../core/service/service.ts";

/** Time from the tool's own deadline to its last line, over a slow connection to the engine. */
const GRACE_S = 5;

export interface ToolRun {
  readonly tool: string;
  /** Shell command that starts the tool. The password is in `$secret`; files may be kept in the folder `$scratch`. */
  readonly command: string;
  /** Shell command that runs after the tool succeeded, and prints what is needed from these files. */
  readonly summary?: string;
  /** `$1` and so on in both commands. */
  readonly args: readonly string[];
  /** Passed on stdin, so that no process list and no inspection of the container shows it. */
  readonly secret: string;
  readonly deadlineS: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves the tool's output. Rejects with its last output, with the signal's reason, or if the image has no such tool.
 * The tool ends when `signal` aborts, at its deadline, and when this process is killed.
 */
export async function runTool(target: Target, run: ToolRun): Promise<string> {
  const { tool, args, secret, deadlineS, signal } = run;
  try {
    const { stdout } = await target.exec(["sh", "-c", scriptOf(run), "sh", ...args], {
      stdin: `${secret}\n`,
      user: UNPRIVILEGED,
      timeoutMs: (deadlineS + GRACE_S) * 1000,
      signal,
    });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    if (messageOf(error).startsWith(`sh exited with ${ABSENT}:`)) {
      throw new Error(`the image of ${target.instance} has no ${tool}`, { cause: error });
    }
    throw new Error(messageOf(error).replace(/^sh exited/, `${tool} exited`), { cause: error });
  }
}

/** A user of every image that owns no files. */
const UNPRIVILEGED = "nobody";
/** A shell's exit code for an unknown command. Debian may have a wrapper with the tool's name, without the tool. */
const ABSENT = 127;

/**
 * The watcher reads stdin, which the caller keeps open; when it closes, the watcher ends the tool. A tool in the
 * background has no stdin.
 */
function scriptOf({ tool, command, summary = ":", deadlineS }: ToolRun): string {
  return `
${tool} --version >/dev/null 2>&1 || exit ${ABSENT}
IFS= read -r secret || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
exec 3<&0
limited() { exec timeout -k 1 ${deadlineS} "$@"; }
${command} >"$scratch/output" 2>&1 & running=$!
( while IFS= read -r _; do :; done <&3; kill "$running" ) >/dev/null 2>&1 & watching=$!
wait "$running"
status=$?
kill "$watching" 2>/dev/null
cat "$scratch/output"
[ "$status" -eq 0 ] || exit "$status"
${summary}
`;
}
