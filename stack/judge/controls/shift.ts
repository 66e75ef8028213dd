/** How far a control has moved against the baseline, and what that predicts. */
import { mean } from "simple-statistics";
import type { Coefficient } from "../../core/results/baseline.ts";

/** The change of a control, shrunk: 0 if it is not beyond the noise of reading it. */
export interface Shift {
  readonly value: number;
  readonly error: number;
}

export const NO_SHIFT: Shift = { value: 0, error: 0 };

/** A change within this many standard errors counts as none. */
const NOTABLE_ERRORS = 2;

/**
 * Shrinks a change by the positive part of 1 - (2·error / change)². A control that did not move then adds neither its
 * noise nor its coefficient's error to what is predicted. Source: the positive-part estimator of James and Stein, with
 * two standard errors in place of one, so that a still control is left out in 19 of 20 runs.
 */
export function shrunk(change: number, error: number): Shift {
  const part = change === 0 ? 0 : Math.max(0, 1 - ((NOTABLE_ERRORS * error) / change) ** 2);
  return { value: part * change, error: Math.sqrt(part) * error };
}

/** Returns the shrunk change of a reading's mean; `noise` is the standard deviation of reading it once. */
export function shiftOf(now: readonly number[], before: readonly number[], noise: number): Shift {
  if (now.length === 0 || before.length === 0) return NO_SHIFT;
  return shrunk(mean([...now]) - mean([...before]), noise * Math.sqrt(1 / now.length + 1 / before.length));
}

/** Returns coefficient × shift, with the errors of both. */
export function predictedBy(
  coefficient: Coefficient,
  shift: Shift,
): { readonly shift: number; readonly error: number } {
  return {
    shift: coefficient.value * shift.value,
    error: Math.hypot(coefficient.error * shift.value, coefficient.value * shift.error),
  };
}
