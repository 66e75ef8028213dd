/** How a signal ends a command: in order, within a time limit, and with a report of what was done. */
import { EXIT, PlumblineError } from "../../../stack/core/errors.ts";
import { interrupted } from "../../../stack/host/deadline.ts";
import { leave } from "./leave.ts";
import { ENDING_SIGNALS, onNpmGone, SAME_PRESS_MS } from "./unattended.mjs";

/**
 * Time to end in order after the first signal; what still waits then is left, and the next command finds it. Together
 * with the report and the end of child processes less than five seconds. A second signal ends the process at once.
 */
export const CLEAN_END_MS = 3_500;

export interface Ending {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Aborts when the time to end in order is over. */
  readonly late: AbortSignal;
  forget(): void;
}

const endings = new Set<() => void>();

/** Ends what runs as a first signal does. After one it changes nothing: `| tee` gets Ctrl-C too, and is gone before. */
export function endInOrder(): void {
  for (const end of endings) end();
}

/**
 * Aborts its signal at the first SIGINT, SIGTERM or SIGHUP, and if npm, which passes signals on, is gone. Ends the
 * process at a second signal that is no repetition of the first.
 */
export function endOnSignals(): Ending {
  const controller = new AbortController();
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let endedAt = 0;
  const end = () => {
    if (controller.signal.aborted) return;
    endedAt = performance.now();
    controller.abort();
    timer = setTimeout(() => late.abort(), CLEAN_END_MS);
  };
  const onSignal = () => {
    if (!controller.signal.aborted) end();
    else if (performance.now() - endedAt > SAME_PRESS_MS) leave(EXIT.interrupted);
  };
  endings.add(end);
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
  const forgetNpm = onNpmGone(end);
  return {
    signal: controller.signal,
    late: late.signal,
    forget: () => {
      clearTimeout(timer);
      forgetNpm();
      endings.delete(end);
      for (const name of ENDING_SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Returns the error of a run that a signal ended. */
export function interruption(error: unknown, { signal, late }: Pick<Ending, "signal" | "late">): PlumblineError {
  if (late.aborted) return unfinished();
  return error instanceof PlumblineError && error.code === "INTERRUPTED" ? error : interrupted(signal);
}

function unfinished(): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: "Ended before it was complete",
    why: `the run was interrupted, and what it waited for did not end within ${CLEAN_END_MS / 1000} s`,
    fix: "Run the command again; it continues where this one stopped, and removes what this one left",
  });
}
