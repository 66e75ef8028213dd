/** Finds out why a container exited. */
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { cutLine } from "../core/printable.ts";
import type { KnownFailure } from "../core/service/service.ts";

/**
 * Returns SERVICE_EXITED with the last lines, or the code of the known failure that they show. Lines are cut first: a
 * pattern may start over at each character, which takes seconds on lines of 64 KiB and more, such as servers write when
 * they print a whole term.
 */
export function exitError(
  container: ObservedContainer,
  log: readonly string[],
  failures: readonly KnownFailure[],
): PlumblineError {
  const { instance, exitCode, outOfMemory } = container;
  const lines = log.map(cutLine);
  const details = { instance, exitCode, outOfMemory, lastLines: lines };
  const why = lines.length > 0 ? lines.join("\n") : "it wrote no log line";
  const known = lastKnown(lines, failures);
  if (known)
    return new PlumblineError(known.code, { what: `${instance}: ${known.what}`, why, fix: known.fix, details });
  if (outOfMemory) {
    return new PlumblineError("SERVICE_EXITED", {
      what: `${instance} was ended by the kernel: its memory limit was reached`,
      why,
      fix: "Give the machine more memory, drop a service in the profile, or lower what this one is asked to do",
      details,
    });
  }
  return new PlumblineError("SERVICE_EXITED", {
    what: `${instance} exited with code ${exitCode ?? "unknown"} while it was waited for`,
    why,
    fix: `The lines above are its last words; all of them: npm run logs -- ${instance}`,
    details,
  });
}

/** Uses the last line with a known meaning: an earlier one may belong to an attempt that recovered. */
function lastKnown(lines: readonly string[], failures: readonly KnownFailure[]): KnownFailure | undefined {
  for (const line of lines.toReversed()) {
    const known = failures.find(({ pattern }) => pattern.test(line));
    if (known) return known;
  }
  return undefined;
}
