/** What a run says about itself while it measures. */
import type { RunClock } from "./run-clock.ts";

export interface Stage {
  /** From 1 on. */
  readonly block: number;
  /** The block after which the next look is. */
  readonly look: number;
  /** Absent before the first look. */
  readonly decided: number | undefined;
  readonly scenarios: number;
  /** Seconds until the next look. */
  readonly leftS: number;
}

/** "block 4 of 6, ~12 s", and after the first look "block 9: 8 of 12 decided, ~20 s". */
export function blockDetail({ block, look, decided, scenarios, leftS }: Stage): string {
  const left = `~${Math.ceil(leftS)} s`;
  if (decided === undefined) return `block ${block} of ${look}, ${left}`;
  return `block ${block}: ${decided} of ${scenarios} decided, ${left}`;
}

/** Says that the budget ended before the first look, after `least` blocks of some scenario, and what would do. */
export function tooShort(budgetS: number, least: number, first: number, clock: RunClock): string {
  const neededS = clock.withTeardownS((clock.elapsedMs / 1000 / (least + 1)) * (first + 1));
  return (
    `the budget of ${budgetS} s ended after ${least} of ${first} blocks: no verdict is possible; ` +
    `at the pace of this machine now ${Math.ceil(neededS)} s would do`
  );
}
