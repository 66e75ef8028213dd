/** How far a slower or faster machine changes the expectation. Pure. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import { circumstancesOf } from "../causes/circumstances.ts";
import { isSameHardware } from "./conditions.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { NOTABLE_RATIO } from "../causes/losses.ts";
import { takenByOthers } from "../causes/suspects.ts";
import type { Explained } from "../controls/explained.ts";
import { lostToOthers } from "./expected.ts";

/** Share of a timed loss that must be counted to be its cause: the scheduler's own share is not known better. */
const COUNTED_SHARE = 0.5;

/**
 * Returns the part of a run's calibration that excuses a loss. On the same machine, a loss with a cause that can be
 * shown and fixed (its disk, the network path to its containers, cpu that others were seen to use) is the finding
 * itself: of these only a drift without a cause is excused. Slower arithmetic without a cause means a slower machine.
 * For another machine everything is predicted. `explained` is what the controls of the blocks say: it replaces what is
 * timed between them, so that nothing is excused twice.
 */
export function excusable(
  scenario: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
  explained?: Explained,
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
    ...(explained && { cpuMs: before.cpuMs * Math.exp(ownSpeed(Math.log(cpuMs / before.cpuMs), explained)) }),
    ...(loopbackRttMs !== undefined && { loopbackRttMs: drift(loopbackRttMs, before.loopbackRttMs) }),
    ...(syncWriteMs !== undefined && {
      syncWriteMs: explained?.sync ? before.syncWriteMs : drift(syncWriteMs, before.syncWriteMs),
    }),
    ...(publishedRttMs !== undefined && {
      publishedRttMs: Object.fromEntries(
        Object.entries(publishedRttMs).map(([service, ms]) => [service, drift(ms, before.publishedRttMs?.[service])]),
      ),
    }),
  };
}

/**
 * Returns the part of a change of the arithmetic's time that is the cpu's own speed: what others do not explain, as far
 * as the client's cpu per operation changed with it. A busy loop inside a container makes arithmetic wait, and costs an
 * operation of the client no more cpu.
 */
function ownSpeed(timed: number, explained: Explained): number {
  const left = timed - lostToOthers(explained).shift;
  const client = explained.client.value;
  return left * client <= 0 ? 0 : Math.sign(left) * Math.min(Math.abs(left), Math.abs(client));
}

function drift(now: number, before: number | undefined): number {
  if (before === undefined) return now;
  return Math.min(before * NOTABLE_RATIO, Math.max(before / NOTABLE_RATIO, now));
}
