/** The flags and the output format of a load tool: enough to tell its output from text that only looks like it. */

export interface LoadToolFormat {
  /** As it is called: the name of the command. */
  readonly name: string;
  /** Clients at once, when no flag says otherwise. */
  readonly defaultClients: number;
  readonly flags: {
    readonly clients: string;
    /** Requests in all. */
    readonly requests?: string;
    /** Seconds after which the tool stops, whatever is left to do. */
    readonly timeLimit?: string;
  };
  /** Finds figures, also in lines that the tool itself would not print; group 1 is the number. */
  readonly reads: Readonly<Partial<Record<PrintedValue, RegExp>>>;
  /** Seconds that it prints are those it was told, and not those it took. */
  readonly nominalSeconds?: true;
  /** Group 1 is the name of an operation, group 2 its rate. */
  readonly readsRates?: RegExp;
  /** Group 1 is a percentage, group 2 milliseconds. */
  readonly readsPercentiles?: RegExp;
  /** Every line that it can print. */
  readonly prints: readonly RegExp[];
  /** The first version that prints these lines; it has the version of the service that it measures. */
  readonly printsSince?: string;
  /** Its rates are this many requests over a time in whole milliseconds. */
  readonly wholeMilliseconds?: { readonly defaultRequests: number; readonly because: string };
}

/** "rate": operations a second. "acrossMs": time over operations. */
export type PrintedValue = "clients" | "seconds" | "operations" | "rate" | "meanMs" | "acrossMs";
