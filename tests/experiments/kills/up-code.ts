/** How an `up --json` ended, in one word. */
import { failureOf, successOf, type Ended } from "../../support/live/cli.ts";

export interface UpCode {
  /** "ok", the code of the error, or "no document" for a run that was killed or crashed. */
  readonly code: string;
  readonly what?: string;
  readonly why?: string;
}

export function upCodeOf(ended: Ended): UpCode {
  try {
    if (ended.exitCode === 0) {
      successOf(ended);
      return { code: "ok" };
    }
    const { code, what, why } = failureOf(ended);
    return { code, what, why };
  } catch {
    return { code: "no document" };
  }
}
