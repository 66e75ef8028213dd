/** Where the ids of processes are valid. */
export interface ProcessWorld {
  /** Of the kernel; "" where the system does not tell. */
  readonly boot: string;
  readonly namespace: string;
}

/**
 * Returns the start time of a process, in the operating system's format; undefined if it is unknown, "ended" for a
 * zombie. `proc` and `env` are for tests.
 */
export function processStart(
  pid: number,
  options?: { readonly proc?: string; readonly env?: Readonly<Record<string, string | undefined>> },
): string | undefined;

/** Returns where the ids of processes that this process sees are valid. */
export function processWorld(): ProcessWorld;
