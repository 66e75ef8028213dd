/** A while in which several questions are asked of the same servers, as when a stack is observed. */
export interface Session {
  /** Calls `close` when the session ends, whatever happened in it. */
  atEnd(close: () => Promise<void>): void;
}
