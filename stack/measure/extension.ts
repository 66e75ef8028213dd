/** Measuring beyond the budget, if somebody wants it. */
import type { SmokeRun } from "../core/results/measurement.ts";
import type { RunClock } from "./run-clock.ts";
import type { Extension } from "./smoke-options.ts";

/** An extension ends after this multiple of the time that it was expected to take. */
const EXPECTED_FACTOR = 2;
const MINIMUM_S = 10;

/** Asks whether to measure on, if more time would decide something; resolves to true if the clock was given more. */
export async function askedFor({ outlook, ask }: Extension, run: SmokeRun, clock: RunClock): Promise<boolean> {
  const expected = outlook(run);
  if (expected.decidable === 0) return false;
  const atMostS = Math.max(MINIMUM_S, EXPECTED_FACTOR * expected.expectedS);
  const answer = await clock.paused(() => ask(expected, atMostS));
  if (answer) clock.extend(atMostS);
  return answer;
}
