/** A failed command, as a document. */
import type { PlumblineError } from "../../core/errors.ts";
import type { Action } from "../../core/plan/action.ts";
import type { ErrorDocument } from "../documents/documents.ts";
import { plannedOf } from "./planned.ts";

/** `done`: the actions that were completed before. */
export function errorDocumentOf(command: string, error: PlumblineError, done: readonly Action[]): ErrorDocument {
  const { code, exitCode, what, why, fix, details } = error;
  return { ok: false, command, error: { code, exitCode, what, why, fix, details }, done: done.map(plannedOf) };
}
