import { PlumblineError } from "../../../../stack/core/errors.ts";

/** Returns the error for a fault that cannot be injected into this service on this machine. */
export function impossible(why: string): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: "A fault cannot be injected here",
    why,
    fix: "Leave it out: name the others with --fault",
  });
}
