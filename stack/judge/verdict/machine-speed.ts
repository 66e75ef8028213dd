/** How the machine's own speed differs from the baseline's: arithmetic, copying, synced writes. Pure. */
import { mean, sampleVariance } from "simple-statistics";
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { syncTimes } from "../causes/circumstances.ts";
import { durationMs, NOTABLE_RATIO } from "../causes/losses.ts";
import { predict } from "../expectation/predict.ts";
import { calibrationOf, isSameHardware } from "./conditions.ts";

export interface Speed {
  readonly cpu: Changed;
  readonly copy: Changed;
  readonly disk: Changed;
}

interface Changed {
  /** ln(duration now / in the baseline); 0 if the change is within what the figure varies by. */
  readonly logRatio: number;
  /** Clauses for people; empty if it is 0. */
  readonly says: readonly string[];
}

const AS_BEFORE: Changed = { logRatio: 0, says: [] };
/** A smaller change, in standard errors, counts as none. */
const USUAL_ERRORS = 2;
/** For a figure without a known error. Those measured once represent the rest of the run less well. */
const ERROR = { throughout: 0.05, once: 0.1 } as const;

export function speedOf(run: SmokeRun, baseline: RecordedBaseline): Speed {
  return {
    cpu: changeOf(run, baseline, "single-thread arithmetic", ({ cpuMs }) => cpuMs, "cpuMs"),
    copy: changeOf(run, baseline, "copying memory", ({ copyMibPerS }) => copyMibPerS && 1 / copyMibPerS),
    disk: diskOf(run, baseline),
  };
}

/** Without a `figure`, the value was measured once. Runs of the baseline show how much it varies. */
function changeOf(
  run: SmokeRun,
  baseline: RecordedBaseline,
  what: string,
  read: (calibration: Calibration) => number | undefined,
  figure?: string,
): Changed {
  const now = run.calibration && read(run.calibration);
  const before = baseline.runs.flatMap(({ calibration }) => (calibration && read(calibration)) ?? []).map(Math.log);
  if (!now || before.length === 0) return AS_BEFORE;
  const usual = figure === undefined ? ERROR.once : ERROR.throughout;
  const own = (figure === undefined ? undefined : run.calibration?.errors?.[figure]) ?? usual;
  const deviation = before.length < 2 ? usual : Math.sqrt(sampleVariance(before));
  const logRatio = Math.log(now) - mean(before);
  if (Math.abs(logRatio) <= Math.max(Math.log(NOTABLE_RATIO), USUAL_ERRORS * Math.hypot(own, deviation))) {
    return AS_BEFORE;
  }
  return { logRatio, says: [`${what} takes ${Math.exp(logRatio).toFixed(2)} times as long`] };
}

/** A synced write must take so much longer or shorter in the containers of all services to be the disk's doing. */
const DISK_RATIO = 1.3;

/**
 * The smallest change of all services' synced writes: a limit of one container changes its own only. One service alone
 * cannot tell its limit from the disk.
 */
function diskOf(run: SmokeRun, baseline: RecordedBaseline): Changed {
  const changes = syncTimes(run, baseline)
    .map(({ nowMs, beforeMs }) => ({ nowMs, beforeMs, logRatio: Math.log(nowMs / beforeMs) }))
    .toSorted((left, right) => Math.abs(left.logRatio) - Math.abs(right.logRatio));
  const [least] = changes;
  if (least === undefined || changes.length < 2 || Math.abs(least.logRatio) < Math.log(DISK_RATIO)) return AS_BEFORE;
  if (changes.some(({ logRatio }) => Math.sign(logRatio) !== Math.sign(least.logRatio))) return AS_BEFORE;
  const { nowMs, beforeMs, logRatio } = least;
  return {
    logRatio,
    says: [`a synced write takes ${durationMs(nowMs)} in any container, at the baseline ${durationMs(beforeMs)}`],
  };
}

/**
 * Returns what a scenario loses to this speed, on the log scale. Copying is part of no prediction. For other hardware the
 * whole calibration counts.
 */
export function speedLoss(
  before: readonly MeasuredScenario[],
  { cpu, disk }: Speed,
  run: SmokeRun,
  baseline: RecordedBaseline,
): number {
  const [first] = before;
  const usual = calibrationOf(baseline);
  if (first === undefined || usual === undefined) return 0;
  const all = { ...first, blocks: before.flatMap(({ blocks }) => blocks) };
  if (!isSameHardware(run, baseline)) return predict(all, run.calibration, usual, false).shift;
  const slope = baseline.controls?.[first.name]?.syncElsewhere?.value;
  const { syncWriteMs } = usual;
  const now: Calibration = {
    ...usual,
    cpuMs: usual.cpuMs * Math.exp(cpu.logRatio),
    ...(syncWriteMs !== undefined && slope === undefined && { syncWriteMs: syncWriteMs * Math.exp(disk.logRatio) }),
  };
  return predict(all, now, usual, true).shift + (slope ?? 0) * disk.logRatio;
}
