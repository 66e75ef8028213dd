/** Prints a command's result on stdout or stderr, and sets its exit code. */
import { EXIT, type ExitCode, type PlumblineError } from "../../stack/core/errors.ts";
import type { Action } from "../../stack/core/plan/action.ts";
import { summaryText } from "../../stack/core/plan/plan-text.ts";
import { printable } from "../../stack/core/printable.ts";
import { errorDocumentOf } from "../../stack/report/screens/failure.ts";
import { errorText } from "../../stack/report/text/error-text.ts";
import { hintsFor, hintsIn, type Given } from "../../stack/report/text/hints.ts";
import { jsonText } from "../../stack/report/text/json-text.ts";
import { displayOf, isColoured } from "./terminal.ts";

export interface CommandResult {
  readonly document: unknown;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

export interface Output {
  succeeded(result: CommandResult): void;
  failed(error: PlumblineError, done: readonly Action[]): void;
}

/** `given`: returns the command's stack and runtime once its flags are parsed. */
export function outputOf(command: string, json: boolean, given: () => Given): Output {
  const print = (document: unknown) => process.stdout.write(`${jsonText(document, hintsIn(given()))}\n`);
  return {
    succeeded: ({ document, text, exitCode }) => {
      if (json) print(document);
      else if (text !== "") process.stdout.write(`${hintsFor(given(), text)}\n`);
      process.exitCode = exitCode ?? EXIT.ok;
    },
    failed: (error, done) => {
      if (json) print(errorDocumentOf(command, error, done));
      else {
        process.stderr.write(`${hintsFor(given(), errorText(error, isColoured(displayOf(process.stderr))))}\n`);
        if (done.length > 0) process.stderr.write(`Done before: ${printable(summaryText(done))}\n`);
      }
      process.exitCode = error.exitCode;
    },
  };
}
