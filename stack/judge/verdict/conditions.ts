/** Whether a scenario may be compared at all, and which change of the machine explains a loss. */
import { fingerprintOfBaseline, type RecordedBaseline } from "../../core/results/baseline.ts";
import { meanCalibration } from "../expectation/calibration-mean.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { differences, workloadDifferences } from "../fingerprint.ts";
import { type Difference } from "../../core/results/comparison.ts";
import { canPredict, changesOf, NO_CHANGE, predict } from "../expectation/predict.ts";
import { type Prediction } from "../../core/results/verdict.ts";

/** No prediction is made for a change beyond half or double. */
const CALIBRATION_RANGE = Math.LN2;
/** Above this share of the load loop's own ceiling, the loop sets the pace. */
const CEILING_SHARE = 0.5;

/** Returns why a scenario is not comparable; empty if it is comparable. */
export function obstacles(
  now: MeasuredScenario,
  before: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
): readonly string[] {
  const breaking = [
    ...differences(run.fingerprint, fingerprintOfBaseline(baseline)).filter((found) => concerns(found, now)),
    ...workloadDifferences(now, before),
  ].filter(({ breaks, hardware }) => breaks && !(hardware && canPredict(run.calibration, calibrationOf(baseline))));
  return [...breaking.map(describe), ...calibrationObstacles(now, run, baseline)];
}

/** Predicts a scenario from the machine's speed in this run, and `then`, in the baseline. */
export function prediction(
  before: readonly MeasuredScenario[],
  run: SmokeRun,
  baseline: RecordedBaseline,
  then: Calibration | undefined,
): Prediction {
  const [first] = before;
  if (first === undefined) return NO_CHANGE;
  const all = { ...first, blocks: before.flatMap(({ blocks }) => blocks) };
  return predict(all, run.calibration, then, isSameHardware(run, baseline));
}

/** Returns the hardware differences that a prediction covers: "cpuModel is A, the baseline has B". */
export function hardwareDifferences(run: SmokeRun, baseline: RecordedBaseline): readonly Difference[] {
  return differences(run.fingerprint, fingerprintOfBaseline(baseline)).filter(({ hardware }) => hardware);
}

/** Returns why the client may have set the pace of this scenario, or undefined. */
export function clientLimitOf(scenario: MeasuredScenario, calibration: Calibration | undefined): string | undefined {
  const reasons = scenario.blocks.flatMap(({ clientLimited }) => clientLimited ?? []);
  if (2 * reasons.length > scenario.blocks.length) return reasons[0];
  const ceiling = (calibration?.loaderCeiling ?? Infinity) * CEILING_SHARE;
  const fastest = Math.max(...scenario.blocks.map(({ throughput }) => throughput));
  return fastest > ceiling ? "throughput is over half of what the load loop can do at all" : undefined;
}

/** Returns "images.postgres is debian 18.6, the baseline has debian 17.2". */
export function describe({ field, now, baseline }: Difference): string {
  return `${field} is ${now}, the baseline has ${baseline}`;
}

function concerns(difference: Difference, scenario: MeasuredScenario): boolean {
  return difference.service === undefined || scenario.services.includes(difference.service);
}

/** Differences beyond doubt only: a ratio of two measurements has an error, so two standard errors are allowed. */
function calibrationObstacles(
  scenario: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
): readonly string[] {
  const before = calibrationOf(baseline);
  if (run.calibration === undefined || before === undefined) return [];
  const { cpu, trip, sync } = changesOf(scenario, run.calibration, before, isSameHardware(run, baseline));
  return [...cpu, trip, sync]
    .flatMap((change) => change ?? [])
    .filter(({ logRatio, error }) => Math.abs(logRatio) - 2 * error > CALIBRATION_RANGE)
    .map(({ what, logRatio }) => `${what} takes ${Math.exp(logRatio).toFixed(2)} times as long as in the baseline`);
}

/** True if no figure has to be predicted for another machine. */
export function isSameHardware(run: SmokeRun, baseline: RecordedBaseline): boolean {
  return hardwareDifferences(run, baseline).length === 0;
}

/** Returns the mean calibration of the baseline's runs. */
export function calibrationOf(baseline: RecordedBaseline): Calibration | undefined {
  return meanCalibration(baseline.runs.map(({ calibration }) => calibration));
}
