/** How a signal ends a command: in order, within a time limit, and with a report of what was done. */
import { EXIT, PlumblineError } from "../../stack/core/errors.ts";
import { interrupted } from "../../stack/host/deadline.ts";

/** Time to end in order after the first signal; a second one ends the process at once. */
const CLEAN_END_MS = 30_000;

/** SIGHUP comes when the terminal is closed. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Ending {
  readonly signal: AbortSignal;
  forget(): void;
}

const endings = new Set<() => void>();

/** Ends what runs as a first signal does. After one it changes nothing: `| tee` gets Ctrl-C too, and is gone before. */
export function endInOrder(): void {
  for (const end of endings) end();
}

/** Aborts its signal at the first SIGINT, SIGTERM or SIGHUP; ends the process at the second. */
export function endOnSignals(): Ending {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    if (controller.signal.aborted) return;
    controller.abort();
    timer = setTimeout(() => process.exit(EXIT.interrupted), CLEAN_END_MS).unref();
  };
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    end();
  };
  endings.add(end);
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(timer);
      endings.delete(end);
      for (const name of ENDING_SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Returns the error of a run that a signal ended. */
export function interruption(error: unknown, signal: AbortSignal): PlumblineError {
  return error instanceof PlumblineError && error.code === "INTERRUPTED" ? error : interrupted(signal);
}
