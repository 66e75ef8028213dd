/** The benchmarks at the end of `up`, `switch` and `verify`, and the comparison with the previous run. */
import type { Smoke } from "../core/results/commands/bench.ts";
import type { MeasureOptions } from "../measure/measure.ts";
import type { RunningStack } from "./request/running-stack.ts";

/** Measures a running stack. The caller holds its lock. A failing scenario is part of the result, not an error. */
export async function smoke(running: RunningStack, options: MeasureOptions): Promise<Smoke> {
  const startedAt = performance.now();
  const { measure, lastRun, beforeAndAfter } = await loadBenchmarks();
  const before = await lastRun(running.wanted.folder.results);
  const measured = await measure(running, options);
  const comparison = beforeAndAfter(before, measured.run);
  return { measured, comparison, durationMs: Math.round(performance.now() - startedAt) };
}

/** Loaded only for runs that measure, because loading takes time. */
async function loadBenchmarks() {
  const [{ measure }, { lastRun }, { beforeAndAfter }] = await Promise.all([
    import("../measure/measure.ts"),
    import("../records/last-run.ts"),
    import("../judge/verdict/before-after.ts"),
  ]);
  return { measure, lastRun, beforeAndAfter };
}
