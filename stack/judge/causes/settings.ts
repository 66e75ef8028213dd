/** Which settings of a service differ between two runs. Pure. */
import type { SmokeRun } from "../../core/results/measurement.ts";

/** Settings listed at most: nobody reads a longer error. */
const NAMED_MAXIMUM = 5;

/** Returns "work_mem is 4194304, in the baseline 8388608", or undefined if the service has the same settings. */
export function changedSettings(now: SmokeRun, before: SmokeRun, service: string): string | undefined {
  const [hash, hashBefore] = [now.fingerprint.settings[service], before.fingerprint.settings[service]];
  if (hash === undefined || hashBefore === undefined || hash === hashBefore) return undefined;
  const [here, there] = [now.settings?.[service], before.settings?.[service]];
  if (!here || !there) return `settings of ${service} differ from the baseline's, which does not say which`;
  const changed = [...new Set([...Object.keys(here), ...Object.keys(there)])]
    .filter((name) => here[name] !== there[name])
    .map((name) => `${name} is ${here[name] ?? "not set"}, in the baseline ${there[name] ?? "not set"}`);
  const more = changed.length > NAMED_MAXIMUM ? [`${changed.length - NAMED_MAXIMUM} more differ`] : [];
  return `${service}: ${[...changed.slice(0, NAMED_MAXIMUM), ...more].join("; ")}`;
}
