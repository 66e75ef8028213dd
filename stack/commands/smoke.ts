/** The benchmarks at the end of `up`, `switch` and `verify`, and what changed since the last run. */
import type { Smoke } from "../core/results/commands/bench.ts";
import type { MeasureOptions } from "../measure/measure.ts";
import type { RunningStack } from "./request/running-stack.ts";

/** For a caller that holds the stack's lock. A scenario that fails is part of the result. */
export async function smoke(running: RunningStack, options: MeasureOptions): Promise<Smoke> {
  const startedAt = performance.now();
  const { measure, lastRun, beforeAndAfter } = await loadBenchmarks();
  const before = await lastRun(running.wanted.folder.results);
  const measured = await measure(running, options);
  const comparison = beforeAndAfter(before, measured.run);
  return { measured, comparison, durationMs: Math.round(performance.now() - startedAt) };
}

/** Only runs that measure pay for loading them. */
async function loadBenchmarks() {
  const [{ measure }, { lastRun }, { beforeAndAfter }] = await Promise.all([
    import("../measure/measure.ts"),
    import("../records/last-run.ts"),
    import("../judge/verdict/before-after.ts"),
  ]);
  return { measure, lastRun, beforeAndAfter };
}
