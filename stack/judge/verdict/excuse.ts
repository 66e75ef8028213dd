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

/** The speed of the machine in this run, as far as it excuses a loss, and in the baseline. */
export interface Excused {
  readonly now: Calibration | undefined;
  readonly before: Calibration | undefined;
}

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
): Excused {
  const circumstances = circumstancesOf(scenario, run, baseline);
  const { now, before } = circumstances.speed;
  if (!now || !before || !isSameHardware(run, baseline)) return { now, before };
  if (explained) return beside(explained, withoutCauses(now, before), before, now.cpuMs);
  const { counted, timed } = takenByOthers(circumstances);
  const isLoad = counted > 0 && counted >= COUNTED_SHARE * timed;
  const drifted = withoutCauses(now, before);
  return { now: isLoad ? { ...drifted, cpuMs: drift(now.cpuMs, before.cpuMs) } : drifted, before };
}

/** Returns this run's calibration with no more than a drift of what has a cause: the disk and the network. */
function withoutCauses(now: Calibration, before: Calibration): Calibration {
  const { loopbackRttMs, syncWriteMs, publishedRttMs } = now;
  return {
    ...now,
    ...(loopbackRttMs !== undefined && { loopbackRttMs: drift(loopbackRttMs, before.loopbackRttMs) }),
    ...(syncWriteMs !== undefined && { syncWriteMs: drift(syncWriteMs, before.syncWriteMs) }),
    ...(publishedRttMs !== undefined && {
      publishedRttMs: Object.fromEntries(
        Object.entries(publishedRttMs).map(([service, ms]) => [service, drift(ms, before.publishedRttMs?.[service])]),
      ),
    }),
  };
}

/** Takes out what the controls replace, with its errors: the disk if others have one, the cpu unless it is another. */
function beside(explained: Explained, now: Calibration, before: Calibration, cpuMs: number): Excused {
  const change = ownSpeed(Math.log(cpuMs / before.cpuMs), explained);
  const isDisk = explained.sync !== undefined && before.syncWriteMs !== undefined;
  const exact = { ...(change === 0 && { cpuMs: 0 }), ...(isDisk && { syncWriteMs: 0 }) };
  return {
    now: {
      ...now,
      cpuMs: before.cpuMs * Math.exp(change),
      ...(isDisk && now.syncWriteMs !== undefined && { syncWriteMs: before.syncWriteMs }),
      errors: { ...now.errors, ...exact },
    },
    before: { ...before, errors: { ...before.errors, ...exact } },
  };
}

/**
 * Returns the part of a change of the arithmetic's time, on the log scale, that is the cpu's own speed: what others do
 * not explain, as far as the client's cpu per operation changed with it. A busy loop inside a container makes arithmetic
 * wait, and costs an operation of the client no more cpu.
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
