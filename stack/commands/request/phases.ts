/** Measures how long the parts of a command take. */
import type { Phase } from "../../core/results/start-up-trace.ts";
import type { Report } from "../../core/progress.ts";

export interface Stopwatch {
  readonly phases: readonly Phase[];
  /** Measures a part, whether it succeeds or fails. */
  phase<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

export function stopwatch(report: Report): Stopwatch {
  const phases: Phase[] = [];
  const zero = performance.now();
  return {
    phases,
    phase: async (name, work) => {
      const startedAt = performance.now();
      const id = `phase:${name}`;
      report({ kind: "step-started", id, title: name });
      try {
        const result = await work();
        report({ kind: "step-done", id });
        return result;
      } catch (error) {
        report({ kind: "step-failed", id, reason: "see below" });
        throw error;
      } finally {
        const startedMs = Math.round(startedAt - zero);
        phases.push({ name, startedMs, durationMs: Math.round(performance.now() - startedAt) });
      }
    },
  };
}
