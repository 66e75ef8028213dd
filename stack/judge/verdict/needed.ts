/** How many blocks, and how many seconds, would decide a scenario. Pure. */
import { isMeasured } from "../../core/results/baseline.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import { deviationOf } from "../stats/effect.ts";
import { blocksNeeded } from "../stats/power.ts";
import { MARGIN_MAXIMUM, type Compared } from "./comparison.ts";

/**
 * Returns the total number of blocks that would decide one comparison; undefined if more blocks in this run cannot.
 * `blocks` is how many there are now: correlated ones were batched to fewer scores.
 */
export function blocksToDecide(compared: Compared, blocks: number, tail: number): number | undefined {
  const needed = scoresToDecide(compared, tail);
  return needed === undefined ? undefined : Math.ceil((needed * blocks) / compared.now.length);
}

function scoresToDecide({ comparison, now, before }: Compared, tail: number): number | undefined {
  if (comparison.margin > MARGIN_MAXIMUM) {
    // The variation between whole runs falls with √n of the smaller side, so a small baseline keeps it high.
    const least = Math.min(now.length, before.length);
    const needed = Math.ceil(least * (comparison.margin / MARGIN_MAXIMUM) ** 2);
    return needed <= before.length ? Math.max(needed, now.length + 1) : undefined;
  }
  return blocksNeeded({
    distance: comparison.effect.estimate + comparison.margin,
    deviation: deviationOf(now),
    baselineError: Math.hypot(deviationOf(before) / Math.sqrt(before.length), comparison.prediction.error),
    tail,
    blocks: now.length,
  });
}

/**
 * Returns the seconds that more blocks take: what a block of this run took with its connecting and the probes
 * between blocks, and at least what the plan gives it.
 */
export function secondsOf(blocks: number, { plan, elapsedS, scenarios }: SmokeRun): number {
  const made = scenarios.filter(isMeasured).reduce((total, scenario) => total + scenario.blocks.length, 0);
  const planned = (plan.warmupMs + plan.windowMs) / 1000;
  return Math.ceil(blocks * Math.max(planned, made > 0 ? elapsedS / made : 0));
}
