/** What draining a service gives. */

/** A drained service: its clients wait. The caller must release them, whatever happens. */
export interface Drain {
  release(): Promise<void>;
}
