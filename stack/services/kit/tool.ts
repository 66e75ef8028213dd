/** A load tool of a server's image, run beside the server, that never outlives its caller. */
import { messageOf } from "../../core/errors.ts";
import type { Target } from "../../core/service/service.ts";

/** From the tool's own deadline to its last line, over a slow socket to the engine. */
const GRACE_S = 5;

export interface ToolRun {
  readonly tool: string;
  /** Shell: starts the tool, which finds the password in `$secret` and may keep files in the folder `$scratch`. */
  readonly command: string;
  /** Shell, after the tool ended well: prints what is wanted of those files. */
  readonly summary?: string;
  /** `$1` and so on in both. */
  readonly args: readonly string[];
  /** Handed over on stdin, so that no list of processes and no inspection of the container shows it. */
  readonly secret: string;
  readonly deadlineS: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves to what the tool printed. Rejects with its last words, with the signal's reason, or where the image has no such
 * tool. The tool ends with `signal`, at its deadline, and when this process is killed.
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

/** A user of every image that owns nothing. */
const UNPRIVILEGED = "nobody";
/** What shells answer for a command that is not there. Debian has a wrapper named as the tool, without the tool. */
const ABSENT = 127;

/** The watcher reads stdin, which the caller holds open: its end ends the tool. A tool in the background has no stdin. */
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
