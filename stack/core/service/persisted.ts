/** Settings that a server keeps beside its conf files: it reads them last, so they override what the plan wants. */

/** The file in which a server keeps such settings. All functions are pure. */
export interface PersistedFile {
  /** Absolute path in the container, on a volume. */
  readonly path: string;
  /** The statement that writes it, for people: "ALTER SYSTEM". */
  readonly statement: string;
  read(text: string): Persisted;
  /** Returns the text without these settings, and without what the server cannot read. */
  without(text: string, names: ReadonlySet<string>): string;
}

export interface Persisted {
  /** Texts without quotes, by the server's own name of the setting. */
  readonly values: ReadonlyMap<string, string>;
  /** What the server cannot read in the file, which keeps it from starting; absent if it can read everything. */
  readonly fault?: string;
}
