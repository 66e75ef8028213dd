/** Whether a scenario may be compared at all, and what about the machine explains a loss. */
import { fingerprintOfBaseline, firstRun, type RecordedBaseline } from "./baseline.ts";
import type { Calibration, MeasuredScenario, SmokeRun } from "./document.ts";
import { differences, workloadDifferences, type Difference } from "./fingerprint.ts";

/** Beyond a factor of two the machine is another one, whatever its name. */
const CALIBRATION_RANGE = [0.5, 2] as const;
/** A change of the machine's own speed that is worth naming as a cause. */
const NOTABLE_CHANGE = 1.15;
/** Share of the loader's own ceiling above which it sets the pace. */
const CEILING_SHARE = 0.5;

/** The reasons why a scenario is not comparable; empty where it is. */
export function obstacles(
  now: MeasuredScenario,
  before: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
): readonly string[] {
  const breaking = [
    ...differences(run.fingerprint, fingerprintOfBaseline(baseline)).filter((found) => concerns(found, now)),
    ...workloadDifferences(now, before),
  ].filter(({ breaks }) => breaks);
  return [...breaking.map(describe), ...calibrationObstacles(now, run, baseline)];
}

/**
 * What a slower machine explains of a loss, as a distance on the log scale (0 where it is no slower). How much of an
 * operation is cpu, network or disk is not known, so it may be all of it, and the slowest counts.
 */
export function slowdown(scenario: MeasuredScenario, run: SmokeRun, baseline: RecordedBaseline): number {
  const before = firstRun(baseline).calibration;
  if (run.calibration === undefined || before === undefined) return 0;
  const ratios = speeds(run.calibration, before)
    .filter(({ durableOnly }) => !durableOnly || scenario.effect === "durable write")
    .map(({ ratio }) => Math.log(ratio));
  return Math.max(0, ...ratios);
}

/** Why the client may have set the pace of this scenario, or undefined. */
export function clientLimitOf(scenario: MeasuredScenario, calibration: Calibration | undefined): string | undefined {
  const reasons = scenario.blocks.flatMap(({ clientLimited }) => clientLimited ?? []);
  if (2 * reasons.length > scenario.blocks.length) return reasons[0];
  const ceiling = (calibration?.loaderCeiling ?? Infinity) * CEILING_SHARE;
  const fastest = Math.max(...scenario.blocks.map(({ throughput }) => throughput));
  return fastest > ceiling ? "throughput is over half of what the load loop can do at all" : undefined;
}

/** The likely cause of a loss, with the figure that shows it and the next command to try. */
export function likelyCause(scenario: MeasuredScenario, run: SmokeRun, baseline: RecordedBaseline): string {
  const now = run.calibration;
  const before = firstRun(baseline).calibration;
  const [service = ""] = scenario.services;
  if (now !== undefined && before !== undefined) {
    const slower = speeds(now, before)
      .filter(
        ({ ratio, durableOnly }) => ratio > NOTABLE_CHANGE && (!durableOnly || scenario.effect === "durable write"),
      )
      .toSorted((left, right) => right.ratio - left.ratio)[0];
    if (slower !== undefined) {
      return `${slower.what} now ${slower.ratio.toFixed(2)} times as long as in the baseline: look for other load on the machine (npm run doctor)`;
    }
  }
  const changed = differences(run.fingerprint, fingerprintOfBaseline(baseline)).find(
    (found) => found.field === `settings.${service}`,
  );
  if (changed !== undefined)
    return `the settings of ${service} differ from the baseline's: npm run explain -- ${service}`;
  return `the machine's calibration does not explain it: npm run logs -- ${service}`;
}

/** "images.postgres is debian 18.6, the baseline has debian 17.2". */
export function describe({ field, now, baseline }: Difference): string {
  return `${field} is ${now}, the baseline has ${baseline}`;
}

function concerns(difference: Difference, scenario: MeasuredScenario): boolean {
  return difference.service === undefined || scenario.services.includes(difference.service);
}

function calibrationObstacles(
  scenario: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
): readonly string[] {
  const before = firstRun(baseline).calibration;
  if (run.calibration === undefined || before === undefined) return [];
  const [least, most] = CALIBRATION_RANGE;
  return speeds(run.calibration, before)
    .filter(({ durableOnly }) => !durableOnly || scenario.effect === "durable write")
    .filter(({ ratio }) => ratio < least || ratio > most)
    .map(({ what, ratio }) => `${what} ${ratio.toFixed(2)} times as long as in the baseline`);
}

interface Speed {
  readonly what: string;
  /** Duration now / in the baseline. */
  readonly ratio: number;
  readonly durableOnly: boolean;
}

function speeds(now: Calibration, before: Calibration): readonly Speed[] {
  const pairs = [
    ["single-thread arithmetic takes", now.cpuMs, before.cpuMs, false],
    ["a loopback round trip takes", now.loopbackRttMs, before.loopbackRttMs, false],
    ["a synced write takes", now.syncWriteMs, before.syncWriteMs, true],
  ] as const;
  return pairs.flatMap(([what, here, there, durableOnly]) =>
    here === undefined || there === undefined ? [] : [{ what, ratio: here / there, durableOnly }],
  );
}
