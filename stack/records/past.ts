/** Earlier runs of a stack, for its reports. */
import type { SmokeRun } from "../core/results/measurement.ts";
import { inTurns } from "../host/turns.ts";
import { readHistory } from "./history-file.ts";
import { historySeries } from "../judge/history.ts";
import type { Past } from "../core/results/report-input.ts";

/**
 * Returns the runs of the same profile up to this one, so that a report written again shows the same. `folder` is the
 * stack's results. An unreadable history counts as empty: the report is still useful.
 */
export async function pastOf(folder: string, { profile, startedAt }: SmokeRun): Promise<Past> {
  const { entries } = await readHistory(folder).catch(() => ({ entries: [] }));
  const history = entries.filter((entry) => entry.profile === profile && entry.at <= startedAt);
  const positions = new Map(history.map(({ at }, index) => [at, index]));
  const series = await inTurns(historySeries(history));
  const changes = series.flatMap(({ scenario, points }) =>
    points.flatMap(({ at, change, cpuChange }) => {
      const index = positions.get(at);
      if (index === undefined) return [];
      return [
        ...(cpuChange ? [{ scenario, of: "cpu per operation" as const, index, ...cpuChange }] : []),
        ...(change ? [{ scenario, of: "throughput" as const, index, ...change }] : []),
      ];
    }),
  );
  return { history, changes };
}
