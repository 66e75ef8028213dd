/** Blocks whose containers could not be read. Pure. */
import { isMeasured } from "../../core/results/baseline.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { BLOCKS_MINIMUM } from "../stats/looks.ts";

/** A container that does not answer within a second is one of a machine that is overloaded for a moment. */
const UNREAD_MAXIMUM = 0.2;

/**
 * Returns the run without the blocks whose containers could not be read, in scenarios where these are a fifth of all at
 * most: what the others cost can be judged. With more of them, or too few others, a scenario stays as it is, and is judged
 * by time alone.
 */
export function withReadBlocks(run: SmokeRun): SmokeRun {
  const scenarios = run.scenarios.map((each) => (isMeasured(each) ? readBlocksOf(each) : each));
  return scenarios.every((each, index) => each === run.scenarios[index]) ? run : { ...run, scenarios };
}

function readBlocksOf(scenario: MeasuredScenario): MeasuredScenario {
  const { blocks } = scenario;
  const read = blocks.filter(({ work, machine }) => work !== undefined && machine !== undefined);
  const unread = blocks.length - read.length;
  const isEnough = read.length >= BLOCKS_MINIMUM && unread <= UNREAD_MAXIMUM * blocks.length;
  return unread > 0 && isEnough ? { ...scenario, blocks: read } : scenario;
}
