/** Calls of a service's live half, as tests make them. */
import type { Bench } from "../../../stack/core/service/scenario.ts";
import type { LiveService, PrepareInput, Target } from "../../../stack/core/service/service.ts";

/** For `prepare` and `lacks` of a service of which nobody wants anything, and which issues nothing. */
export const NO_GRANTS: PrepareInput = {
  grants: [],
  issued: () => undefined,
  signal: new AbortController().signal,
  keep: () => Promise.reject(new Error("nothing is issued here")),
};

/** The benchmark of a service that has one. */
export function benchOf(live: LiveService, targets: readonly Target[]): Bench {
  if (!live.bench) throw new Error("nothing of this service is measured");
  return live.bench(targets);
}
