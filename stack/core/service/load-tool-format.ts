/**
 * The flags and the output format of a load tool, precise enough to recognise text that the tool cannot have printed.
 */

export interface LoadToolFormat {
  /** The name of the command. */
  readonly name: string;
  /** Number of concurrent clients if no flag sets it. */
  readonly defaultClients: number;
  readonly flags: {
    readonly clients: string;
    /** The flag for the total number of requests. */
    readonly requests?: string;
    /** The flag for the time limit in seconds, after which the tool stops even if requests remain. */
    readonly timeLimit?: string;
  };
  /** Patterns of figures, which also match lines that the tool itself would not print; group 1 is the number. */
  readonly reads: Readonly<Partial<Record<PrintedValue, RegExp>>>;
  /** True if the seconds it prints are the requested time, not the measured one. */
  readonly nominalSeconds?: true;
  /** Group 1 is the name of an operation, group 2 its rate. */
  readonly readsRates?: RegExp;
  /** Group 1 is a percentage, group 2 milliseconds. */
  readonly readsPercentiles?: RegExp;
  /** Every line that it can print. */
  readonly prints: readonly RegExp[];
  /** The first version that prints these lines. The tool's version is that of the service that it measures. */
  readonly printsSince?: string;
  /** Its rates are computed as this many requests divided by a time in whole milliseconds. */
  readonly wholeMilliseconds?: { readonly defaultRequests: number; readonly because: string };
}

/** "rate": operations per second. "acrossMs": time divided by operations. */
export type PrintedValue = "clients" | "seconds" | "operations" | "rate" | "meanMs" | "acrossMs";
