export const ENDING_SIGNALS: readonly ["SIGINT", "SIGTERM", "SIGHUP"];

/** The exit code of an interrupted command. */
export const INTERRUPTED: number;

/** A second signal within this time may be the first one, passed on by npm. In ms. */
export const SAME_PRESS_MS: number;

/** Calls `gone` once the npm that runs this process has ended. Returns a function that stops looking. */
export function onNpmGone(gone: () => void): () => void;

export interface Unread {
  /** Nobody reads stdout; somebody may read stderr. Called again and again. */
  readonly result?: () => void;
  /** Nobody reads either of them. */
  readonly all: () => void;
}

/** Calls back once the readers of this process's pipes are gone. Returns a function that stops looking. */
export function onUnread(unread: Unread): () => void;
