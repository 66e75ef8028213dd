/** How far a machine that is slower, or faster, changes what is expected of it. Pure. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import { circumstancesOf } from "../causes/circumstances.ts";
import { isSameHardware } from "./conditions.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { NOTABLE_RATIO, takenByOthers } from "../causes/suspects.ts";

/** Share of what was timed that must be counted to be its reason: the scheduler's own share is not known better. */
const COUNTED_SHARE = 0.5;

/**
 * The calibration of a run as far as it excuses. What the same machine lost for a reason that can be shown, and mended,
 * is the finding itself: its disk, the way to its containers, cpu that others were seen to use. Of these no more than a
 * drift is excused, which names no cause. Arithmetic that is slower without a reason is that of a slower machine, and
 * for another machine everything is predicted.
 */
export function excusable(
  scenario: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
): Calibration | undefined {
  if (!run.calibration || !isSameHardware(run, baseline)) return run.calibration;
  const circumstances = circumstancesOf(scenario, run, baseline);
  const { now, before } = circumstances.speed;
  if (!now || !before) return run.calibration;
  const { counted, timed } = takenByOthers(circumstances);
  const isLoad = counted > 0 && counted >= COUNTED_SHARE * timed;
  const { cpuMs, loopbackRttMs, syncWriteMs, publishedRttMs } = now;
  return {
    ...now,
    ...(isLoad && { cpuMs: drift(cpuMs, before.cpuMs) }),
    ...(loopbackRttMs !== undefined && { loopbackRttMs: drift(loopbackRttMs, before.loopbackRttMs) }),
    ...(syncWriteMs !== undefined && { syncWriteMs: drift(syncWriteMs, before.syncWriteMs) }),
    ...(publishedRttMs !== undefined && {
      publishedRttMs: Object.fromEntries(
        Object.entries(publishedRttMs).map(([service, ms]) => [service, drift(ms, before.publishedRttMs?.[service])]),
      ),
    }),
  };
}

function drift(now: number, before: number | undefined): number {
  if (before === undefined) return now;
  return Math.min(before * NOTABLE_RATIO, Math.max(before / NOTABLE_RATIO, now));
}
