/** A period in which several requests go to the same servers, such as one observation of a stack. */
export interface Session {
  /** Calls `close` when the session ends, whether it succeeded or failed. */
  atEnd(close: () => Promise<void>): void;
}
