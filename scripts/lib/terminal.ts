/** What a stream of this process can show: a line that is painted again, and colours. */
import { isatty } from "node:tty";

interface Stream {
  readonly fd: number;
  readonly columns?: number;
}

/** A stream as far as it matters for what is printed. */
export interface Display {
  readonly isTerminal: boolean;
  /** Undefined without a terminal; 0 for a terminal without a size, as `script` makes it. */
  readonly columns: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** On a pipe `isTTY` is absent, not false. picocolors treats absent as unknown, and colours pipes if CI is set. */
export function displayOf({ fd, columns }: Stream): Display {
  return { isTerminal: isatty(fd), columns };
}

/** Returns whether text gets colours. NO_COLOR forbids them by any value (https://no-color.org), and so does TERM=dumb. */
export function isColoured({ isTerminal }: Display, { NO_COLOR, TERM }: Environment = process.env): boolean {
  return isTerminal && !NO_COLOR && TERM !== "dumb";
}

/**
 * Returns whether a line can be painted again and again: the terminal has columns, and a cursor that moves. Not in
 * continuous integration, whose logs keep every state of the line.
 */
export function canRepaint({ isTerminal, columns = 0 }: Display, { TERM, CI }: Environment = process.env): boolean {
  return isTerminal && columns > 0 && TERM !== "dumb" && !CI;
}
