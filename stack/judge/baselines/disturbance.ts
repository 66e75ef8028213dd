/** Whether a run was disturbed by something that is not the stack. Pure. */
import { mean, median } from "simple-statistics";
import { isMeasured } from "../../core/results/baseline.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { percentOf } from "../../core/units.ts";
import { usageOf } from "../causes/usage.ts";
import { coresOf, STEAL_SHARE } from "./quiet.ts";

/**
 * Mean share of the machine's cpus that others may use under load. On 2 cpus quiet runs had 0.32 to 0.53 cores of
 * others, which are the port forwarding and network work of the load itself; beside a half-busy core or bursts of a busy
 * loop they had 0.73 to 0.77, beside two busy loops 1.2 to 1.35. A third is between.
 */
const OTHERS_SHARE = 1 / 3;
/**
 * Typical variation of a scenario's blocks within a run, on the log scale. Quiet blocks of 300 ms vary by 7 to 13 %,
 * which is white noise, so the shortest blocks of 100 ms vary by up to 23 %.
 */
const VARIATION_MAXIMUM = 0.3;
/** A median absolute deviation times this is the standard deviation of normal values. */
export const MAD_TO_DEVIATION = 1.4826;

/**
 * Returns why the run is no measure of the stack alone, as one sentence; undefined if nothing shows that. Uses the
 * machine's share that blocks carry, or the samples of the run where they carry none (older runs); without both only the
 * variation of the blocks tells.
 */
export function disturbanceOf(run: SmokeRun): string | undefined {
  const { cpus } = run.fingerprint;
  const shares = sharesOf(run);
  const reasons = [...stopped(run), ...(shares.length === 0 ? [] : takenFrom(shares, cpus)), ...varying(run)];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** Servers and kernel were stopped too, or had a rest that other runs do not give them. */
function stopped({ stoppedS }: SmokeRun): readonly string[] {
  return stoppedS === undefined ? [] : [`the measuring process or its computer was stopped for ${stoppedS} s`];
}

/** Cores that others took from one block. */
interface Taken {
  readonly otherCores: number;
  readonly stealCores: number;
}

function takenFrom(shares: readonly Taken[], cpus: number): readonly string[] {
  const limit = OTHERS_SHARE * cpus;
  const others = mean(shares.map(({ otherCores }) => otherCores));
  const steal = mean(shares.map(({ stealCores }) => stealCores));
  const over = shares.filter(({ otherCores }) => otherCores > limit).length / shares.length;
  return [
    ...(others > limit
      ? [
          `others used ${coresOf(others, cpus)} on average, in ${percentOf(over)} of the blocks over ${limit.toFixed(1)}`,
        ]
      : []),
    ...(steal > STEAL_SHARE * cpus ? [`the hypervisor took ${coresOf(steal, cpus)} on average`] : []),
  ];
}

function varying(run: SmokeRun): readonly string[] {
  const deviations = run.scenarios.filter(isMeasured).flatMap(({ blocks }) => robustDeviation(blocks) ?? []);
  if (deviations.length === 0) return [];
  const typical = median(deviations);
  return typical > VARIATION_MAXIMUM
    ? [
        `the blocks of a scenario varied by ${percentOf(Math.expm1(typical))}, on a quiet machine they vary by at most 25 %`,
      ]
    : [];
}

/** Fewer blocks do not show how much they vary. */
const BLOCKS_MINIMUM = 6;

/** Standard deviation of ln(throughput), from the median absolute deviation, so that single stalls do not count. */
function robustDeviation(blocks: readonly Block[]): number | undefined {
  if (blocks.length < BLOCKS_MINIMUM) return undefined;
  return deviationAround(blocks.map(({ throughput }) => Math.log(throughput)));
}

/** Returns the standard deviation of the values, estimated from their median absolute deviation. */
export function deviationAround(values: readonly number[]): number {
  const middle = median([...values]);
  return MAD_TO_DEVIATION * median(values.map((value) => Math.abs(value - middle)));
}

function sharesOf(run: SmokeRun): readonly Taken[] {
  return run.scenarios.filter(isMeasured).flatMap((scenario) => {
    const known = scenario.blocks.flatMap(({ machine }) => machine ?? []);
    return known.length > 0 ? known : sampledShares(scenario, run);
  });
}

/** One share per sampled block, with the client's mean cpu over the scenario. */
function sampledShares(scenario: MeasuredScenario, { resources }: SmokeRun): readonly Taken[] {
  if (!resources) return [];
  return resources.blocks
    .filter((block) => block.scenario === scenario.name)
    .flatMap((block) => usageOf(scenario, { resources: { ...resources, blocks: [block] } })?.machine ?? []);
}
