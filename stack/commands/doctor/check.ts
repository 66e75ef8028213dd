/** The shape of a check: it never rejects, it returns findings. */
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import { messageOf, PlumblineError } from "../../core/errors.ts";

/** A finding, and how Plumbline can repair it without loss. */
export interface Finding extends Diagnosis {
  /** Resolves what was done: "removed". */
  readonly repair?: () => Promise<string>;
}

export function ok(check: string, found: string): Finding {
  return { check, status: "ok", found };
}

export function warning(check: string, found: string, remedy: string): Finding {
  return { check, status: "warning", found, remedy };
}

export function problem(check: string, found: string, remedy: string): Finding {
  return { check, status: "problem", found, remedy };
}

/** Resolves the findings of a check. If the check itself fails, that is a problem with its own remedy. */
export async function finding(
  check: string,
  look: () => Promise<readonly Finding[]> | readonly Finding[],
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof PlumblineError) return [problem(check, `${error.what}: ${error.why}`, error.fix)];
    return [problem(check, messageOf(error), "Run `npm run doctor` again; if it stays, please report it.")];
  }
}
